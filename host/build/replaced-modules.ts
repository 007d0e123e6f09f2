import { resolve } from "node:path";
import type { Plugin } from "esbuild";

/**
 * Lets files of a platform stand in for modules of the firmware.
 *
 * @param replaced by path of the module that of its stand-in, both relative to `firmware`
 */
export function replaceModules(
  firmware: string,
  replaced: Readonly<Record<string, string>>,
): Plugin {
  const standIns = new Map(
    Object.entries(replaced).map(([module, standIn]) => [
      resolve(firmware, module),
      resolve(firmware, standIn),
    ]),
  );
  return {
    name: "platform modules",
    setup(build) {
      build.onResolve({ filter: /^\..*\.js$/ }, ({ path, resolveDir, importer }) => {
        const standIn = standIns.get(resolve(resolveDir, path).replace(/\.js$/, ".ts"));
        // What stands in for a module may still use it.
        return standIn === undefined || standIn === importer ? undefined : { path: standIn };
      });
    },
  };
}
