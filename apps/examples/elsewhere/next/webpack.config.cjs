/** As Next bundles a route for its server. */
module.exports = {
  mode: 'production',
  target: 'node20',
  entry: './compiled/main.js',
  output: { path: __dirname + '/dist', filename: 'main.js' },
}
