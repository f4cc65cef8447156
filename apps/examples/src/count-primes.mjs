// What isolated.ts runs in threads. Its context is the one of every handler.
export default ({ below }, { progress }) => {
  let count = 0
  for (let n = 2; n < below; n++) {
    let isPrime = true
    for (let d = 2; d * d <= n && isPrime; d++) isPrime = n % d > 0
    if (isPrime) count++
    if (n % 100_000 === 0) progress({ n })
  }
  return { count }
}
