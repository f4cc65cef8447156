import ts from 'typescript'

/** A word, a string's quote or one sign, and where it is in the text. */
export interface Token {
  readonly text: string
  readonly start: number
  readonly end: number
}

const TEMPLATES: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.NoSubstitutionTemplateLiteral,
  ts.SyntaxKind.TemplateHead,
  ts.SyntaxKind.TemplateMiddle,
  ts.SyntaxKind.TemplateTail,
])
const WORD_OR_SIGN = /[\w$]+|[^\s\w]/g
const LUA_COMMENT = /--[^\n]*/g

/** What a formatter may add and take away, or write otherwise. */
const OPTIONAL = new Set([';'])
const CLOSING = new Set([')', ']', '}'])

/**
 * The tokens of a TypeScript source without what says nothing: blanks, comments (also of the Lua in its templates),
 * last commas.
 */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = []
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, false)
  visit(file)
  return significant(tokens)

  function visit(node: ts.Node): void {
    if (node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode) return
    const children = node.getChildren(file)
    if (children.length > 0) return children.forEach(visit)
    const start = node.getStart(file)
    const text = source.slice(start, node.end)
    add(TEMPLATES.has(node.kind) ? text.replace(LUA_COMMENT, (comment) => ' '.repeat(comment.length)) : text, start)
  }

  function add(text: string, from: number): void {
    for (const { 0: found, index } of text.matchAll(WORD_OR_SIGN)) {
      tokens.push({ text: found, start: from + index, end: from + index + found.length })
    }
  }
}

/** The tokens of a piece of TypeScript or Lua, which need not be whole, and has no comments. */
export function tokensOfPiece(piece: string): string[] {
  const all = [...piece.matchAll(WORD_OR_SIGN)].map(({ 0: text, index }) => ({ text, start: index, end: index }))
  return significant(all).map(({ text }) => text)
}

function significant(tokens: readonly Token[]): Token[] {
  const alike = tokens.map((token) => (token.text === '"' ? { ...token, text: "'" } : token))
  return alike.filter(({ text }, i) => {
    const next = alike[i + 1]?.text
    return !OPTIONAL.has(text) && !(text === ',' && next !== undefined && CLOSING.has(next))
  })
}
