// A service as careless as real ones: it prints its settings when it starts, in clear, encoded, and in pieces.
const names = process.argv.slice(2)
for (const name of names) {
  const value = process.env[name] ?? ''
  const [firstLine = ''] = value.split('\n')
  console.log(`${name.padEnd(24)} ${firstLine.padEnd(12)} as base64: ${Buffer.from(value).toString('base64')}`)
}
// One value, written so that every chunk ends in the middle of it.
const [name] = names
for (const character of `in pieces: ${process.env[name] ?? ''}\n`) process.stdout.write(character)
console.error(`connecting to ${process.env[name]}`)
