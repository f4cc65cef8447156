/** A Lua text. A part that is alone on its line is indented as its placeholder is; where there is none, there is no line. */
export function lua(texts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  let text = texts[0]!
  for (const [i, value] of values.entries()) {
    const indent = /(?:^|\n)( +)$/.exec(text)?.[1]
    if (indent === undefined) {
      text += value + texts[i + 1]!
    } else if (value === '') {
      text = text.slice(0, -indent.length) + texts[i + 1]!.slice(1)
    } else {
      text +=
        String(value)
          .trim()
          .replaceAll(/\n(?=.)/g, `\n${indent}`) + texts[i + 1]!
    }
  }
  return text
}
