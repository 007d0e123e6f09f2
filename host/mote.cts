#!/usr/bin/env node
// libuv reads the size of its thread pool once, at its first use: a CommonJS file runs before any
// module of the loader needs a thread. Each open port may hold a thread in a read or a write.
process.env["UV_THREADPOOL_SIZE"] ??= "64";

import("./cli.js");
