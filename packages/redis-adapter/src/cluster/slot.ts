/** How many slots the keys of a cluster are spread over. */
export const SLOTS = 16_384

/** CRC16 of XMODEM, as the cluster specification has it: of each byte. */
const CRC16: Uint16Array = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  return crc & 0xffff
})

/** The slot of a key or a sharded topic, of ours or of another program. */
export function slotOf(key: string): number {
  const tag = tagOf(key)
  let crc = 0
  for (let at = 0; at < tag.length; at++) {
    const code = tag.charCodeAt(at)
    if (code > 0x7f) return crcOf(Buffer.from(tag)) % SLOTS
    crc = ((crc << 8) & 0xffff) ^ CRC16[(crc >> 8) ^ code]!
  }
  return crc % SLOTS
}

/** What decides in which slot a key is: its hash tag, or the whole key where it has none. */
export function tagOf(key: string): string {
  const from = key.indexOf('{')
  const to = from === -1 ? -1 : key.indexOf('}', from + 1)
  return to > from + 1 ? key.slice(from + 1, to) : key
}

function crcOf(bytes: Uint8Array): number {
  return bytes.reduce((crc, byte) => ((crc << 8) & 0xffff) ^ CRC16[(crc >> 8) ^ byte]!, 0)
}
