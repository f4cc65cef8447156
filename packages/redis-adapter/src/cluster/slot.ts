/** How many slots the keys of a cluster are spread over. */
export const SLOTS = 16_384

/** CRC16 of XMODEM, as the cluster specification has it: of each byte. */
const CRC16: Uint16Array = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  return crc & 0xffff
})

/** The slot of a key or a sharded topic of ours: ASCII, with a hash tag. */
export function slotOf(key: string): number {
  const opened = key.indexOf('{') + 1
  const closed = key.indexOf('}', opened)
  let crc = 0
  for (let at = opened; at < closed; at++) {
    crc = ((crc << 8) & 0xffff) ^ CRC16[((crc >> 8) ^ key.charCodeAt(at)) & 0xff]!
  }
  return crc % SLOTS
}
