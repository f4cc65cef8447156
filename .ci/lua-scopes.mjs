// Which locals a Lua text declares, which of them it uses, and which names it uses that are not its own.
import luaparse from 'luaparse'

/** What a script may use without a declaration: what the server gives, as far as the scripts need it. */
const GLOBALS = new Set(
  'KEYS ARGV redis cjson string math table pairs ipairs pcall type tonumber tostring unpack'.split(' '),
)

/**
 * `locals`: each with its name, its line, whether it is one of the text's outermost block, and the lines where it is used. `free`: names with
 * their lines that are neither a local at that place nor a global of the server. `onlyDeclares`: it does nothing by itself.
 */
export function scopesOf(lua) {
  const tree = luaparse.parse(lua.replace(/^#!/, '--'), { luaVersion: '5.1', locations: true, comments: false })
  const locals = []
  const free = []
  const scopes = []

  const declare = ({ name, loc }) => {
    const local = { name, line: loc.start.line, isOuter: scopes.length === 1, uses: [] }
    locals.push(local)
    scopes.at(-1).set(name, local)
  }
  const use = ({ name, loc }) => {
    const local = scopes.findLast((scope) => scope.has(name))?.get(name)
    if (local) local.uses.push(loc.start.line)
    else if (!GLOBALS.has(name)) free.push({ name, line: loc.start.line })
  }
  const inScope = (declared, visitBody) => {
    scopes.push(new Map())
    declared.forEach((each) => declare(each))
    visitBody()
    scopes.pop()
  }
  const block = (statements, declared = []) => inScope(declared, () => statements.forEach((each) => visit(each)))

  const visitors = {
    Identifier: use,
    MemberExpression: ({ base }) => visit(base),
    TableKeyString: ({ value }) => visit(value),
    LocalStatement({ variables, init }) {
      init.forEach((each) => visit(each))
      variables.forEach((each) => declare(each))
    },
    AssignmentStatement({ variables, init }) {
      init.forEach((each) => visit(each))
      variables.forEach((each) => visit(each))
    },
    FunctionDeclaration({ identifier, isLocal, parameters, body }) {
      if (isLocal) declare(identifier)
      else if (identifier) visit(identifier)
      block(
        body,
        parameters.filter(({ type }) => type === 'Identifier'),
      )
    },
    ForNumericStatement({ variable, start, end, step, body }) {
      for (const each of [start, end, step]) if (each) visit(each)
      block(body, [variable])
    },
    ForGenericStatement({ variables, iterators, body }) {
      iterators.forEach((each) => visit(each))
      block(body, variables)
    },
    RepeatStatement: ({ body, condition }) => block([...body, condition]),
    WhileStatement({ condition, body }) {
      visit(condition)
      block(body)
    },
    IfClause({ condition, body }) {
      visit(condition)
      block(body)
    },
    ElseifClause: (node) => visitors.IfClause(node),
    ElseClause: ({ body }) => block(body),
    DoStatement: ({ body }) => block(body),
    Chunk: ({ body }) => block(body),
  }
  // Of all other kinds: whatever nodes they have.
  function visit(node) {
    if (visitors[node.type]) return visitors[node.type](node)
    for (const value of Object.values(node)) {
      for (const each of Array.isArray(value) ? value : [value]) if (each?.type) visit(each)
    }
  }
  visit(tree)
  const onlyDeclares = tree.body.every(({ type }) => type === 'LocalStatement' || type === 'FunctionDeclaration')
  return { locals, free, onlyDeclares }
}
