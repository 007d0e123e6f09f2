-- Wireshark: the serial link of Mote, version 2, in captures of `mote sniff --write`.
-- Put it in the folder "Personal Lua Plugins" (Help, About, Folders); it takes the link type USER0.
local link = Proto("motelink", "Mote serial link")
local channels = { [0] = "control", "console", "mqtt", "urgent", "files" }
local types = { [0x80] = "ACKNOWLEDGE", [0x82] = "PING", [0x83] = "PONG", [0x84] = "SPEED" }
local fields = {
  type = ProtoField.uint8("motelink.type", "Type", base.HEX),
  length = ProtoField.uint8("motelink.length", "Length"),
  channel = ProtoField.uint8("motelink.channel", "Channel", base.DEC, channels),
  first = ProtoField.bool("motelink.first", "First"),
  last = ProtoField.bool("motelink.last", "Last"),
  sequence = ProtoField.uint8("motelink.sequence", "Sequence"),
  acknowledgement = ProtoField.uint8("motelink.acknowledgement", "Acknowledgement"),
  limit = ProtoField.uint8("motelink.limit", "Limit"),
  payload = ProtoField.bytes("motelink.payload", "Payload"),
  check = ProtoField.uint32("motelink.check", "Check", base.HEX),
  text = ProtoField.string("motelink.text", "Text"),
}
link.fields = fields

local function dissect_frame(bytes, info, tree)
  local kind, length = bytes(1, 1):uint(), bytes(2, 1):uint()
  tree:add(fields.type, bytes(1, 1))
  tree:add(fields.length, bytes(2, 1))
  local name = types[kind] or "reserved"
  if kind >= 0xa0 then
    local channel = bit32.band(bit32.rshift(kind, 2), 7)
    name = "DATA " .. (channels[channel] or channel)
    tree:add(fields.channel, bytes(1, 1), channel)
    tree:add(fields.first, bytes(1, 1), bit32.btest(kind, 2))
    tree:add(fields.last, bytes(1, 1), bit32.btest(kind, 1))
  elseif kind >= 0x88 and kind <= 0x8f then
    name = "DATAGRAM " .. (channels[kind - 0x88] or kind - 0x88)
    tree:add(fields.channel, bytes(1, 1), kind - 0x88)
  end
  tree:add(fields.sequence, bytes(4, 1))
  tree:add(fields.acknowledgement, bytes(5, 1))
  tree:add(fields.limit, bytes(6, 1))
  if length > 0 then tree:add(fields.payload, bytes(7, length)) end
  tree:add(fields.check, bytes(7 + length, 4))
  info.cols.info = string.format("%s #%d ack %d limit %d, %d bytes", name, bytes(4, 1):uint(),
    bytes(5, 1):uint(), bytes(6, 1):uint(), length)
end

function link.dissector(bytes, info, root)
  info.cols.protocol = "MOTE"
  local tree = root:add(link, bytes())
  local is_frame = bytes:len() >= 11 and bytes(0, 1):uint() == 0 and bytes(1, 1):uint() >= 0x80
  if is_frame and bytes:len() == bytes(2, 1):uint() + 11 then
    dissect_frame(bytes, info, tree)
    return
  end
  local from = bytes(0, 1):uint() == 0 and bytes:len() > 1 and 1 or 0
  local text = bytes(from):string()
  tree:add(fields.text, bytes(from), text)
  info.cols.info = text
end

DissectorTable.get("wtap_encap"):add(wtap.USER0, link)
