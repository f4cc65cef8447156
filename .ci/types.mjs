// The types of all workspaces: `node .ci/types.mjs`. Each by its own tsconfig, as `pnpm typecheck` has it, but what several load is read
// once, and each file is checked once, by who has it in its `include`: tsc checks core's again for every workspace that imports them.
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** The configurations that the scripts `typecheck` of the workspaces name, and that of the root. */
export function configurations(root) {
  const workspaces = ['packages', 'apps'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
  )
  const named = workspaces.flatMap((workspace) => {
    const manifest = join(root, workspace, 'package.json')
    if (!existsSync(manifest)) return []
    const { scripts = {} } = JSON.parse(ts.sys.readFile(manifest))
    return (scripts.typecheck ?? '')
      .split('&&')
      .map((call) => call.trim())
      .filter((call) => call !== '')
      .map((call) => `${workspace}/${configurationOf(call)}`)
  })
  return ['tsconfig.json', ...named]
}

function configurationOf(call) {
  const [, given = 'tsconfig.json'] = /^tsc --noEmit(?: -p (\S+))?$/.exec(call) ?? fail(`not understood: ${call}`)
  return given.endsWith('.json') ? given : `${given}/tsconfig.json`
}

/** What tsc would say, one text for each fault. */
export function typeFaults(root, paths) {
  const parsed = paths.map((path) => read(join(root, path)))
  const owned = new Set(parsed.flatMap(({ fileNames }) => fileNames))
  const sources = new Map()
  const strays = new Set()
  const faults = new Set()
  for (const { options, fileNames, errors } of parsed) {
    const program = ts.createProgram({ rootNames: fileNames, options, host: hostOf(options, sources) })
    const own = new Set(fileNames)
    const found = [...errors, ...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()]
    for (const file of program.getSourceFiles()) {
      const { fileName } = file
      const isForeign = program.isSourceFileFromExternalLibrary(file) || /[\\/]node_modules[\\/]/.test(fileName)
      // Of no workspace, and imported all the same: by the first who does.
      const isStray = !isForeign && !owned.has(fileName) && !file.isDeclarationFile && !strays.has(fileName)
      if (isStray) strays.add(fileName)
      if (own.has(fileName) || isStray) found.push(...faultsOf(program, file))
    }
    for (const each of found) faults.add(textOf(root, each))
  }
  return [...faults]
}

function faultsOf(program, file) {
  const { declaration } = program.getCompilerOptions()
  const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
  return declaration ? [...found, ...program.getDeclarationDiagnostics(file)] : found
}

function read(path) {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (each) => fail(textOf(dirname(path), each)) }
  return ts.getParsedCommandLineOfConfigFile(path, {}, host)
}

/** Reads a file once for all who read it alike. */
function hostOf(options, sources) {
  const host = ts.createCompilerHost(options)
  const { getSourceFile } = host
  const alike = String(options.jsx)
  host.getSourceFile = (name, languageVersion, ...others) => {
    const key = `${alike} ${languageVersion.impliedNodeFormat} ${name}`
    if (!sources.has(key)) sources.set(key, getSourceFile(name, languageVersion, ...others))
    return sources.get(key)
  }
  return host
}

function textOf(root, { file, start, messageText, code }) {
  const text = `TS${code}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  if (!file) return text
  const { line, character } = file.getLineAndCharacterOfPosition(start)
  return `${relative(root, file.fileName)}(${line + 1},${character + 1}): ${text}`
}

function fail(text) {
  throw new Error(text)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const faults = typeFaults(ROOT, configurations(ROOT))
  for (const each of faults) console.log(each)
  process.exitCode = faults.length > 0 ? 1 : 0
}
