// Where a package says that it comes from: the remote `origin`, which only whoever releases knows.

/** `origin` as git prints it, https or ssh. Answers the fields of a manifest; undefined where it is no address that others can reach. */
export function homeOf(origin, name) {
  const [, host, path] =
    /^(?:https?:\/\/(?:[^@/]*@)?|ssh:\/\/(?:[^@/]*@)?|[\w.-]+@)([\w.-]+(?::\d+)?)[:/]+(.+?)(?:\.git)?\/?$/.exec(
      origin,
    ) ?? []
  if (host === undefined) return undefined
  const web = `https://${host}/${path}`
  return {
    homepage: `${web}#readme`,
    bugs: `${web}/issues`,
    repository: { type: 'git', url: `git+${web}.git`, directory: `packages/${name}` },
  }
}

/** The text of a manifest with its home, in the order in which manifests are written here. */
export function withHome(manifest, { homepage, bugs, repository }) {
  const { name, version, description, keywords, license, author, ...rest } = JSON.parse(manifest)
  const ordered = { name, version, description, keywords, homepage, bugs, license, author, repository, ...rest }
  return `${JSON.stringify(ordered, undefined, 2)}\n`
}
