/** What a hostile text would do. */
export const TAKEN = 'document.title = "taken"'
/** Texts that a careless page would run. */
export const CORPUS: readonly string[] = [
  `<script>${TAKEN}</script>`,
  `<img src=x onerror='${TAKEN}'>`,
  `"><svg onload='${TAKEN}'>`,
  `'-eval('${TAKEN}')-'`,
  `javascript:${TAKEN}`,
  `</pre></script><iframe srcdoc="<script>parent.${TAKEN}</script>">`,
  '{{constructor.constructor("return 1")()}}',
  '<a href="javascript:alert(1)" style="position:fixed;inset:0">x</a>',
  '<base href="//elsewhere.example/"><link rel=stylesheet href="//elsewhere.example/x.css">',
  '\u202Eevil\u0000\u001b[31m\u2028',
  '__proto__ constructor',
  `${'x'.repeat(2_000)}\n`.repeat(20),
]
