/** The host name of a URL, in lower case, without its port; undefined when it is not a URL. */
export function hostnameOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined
}
