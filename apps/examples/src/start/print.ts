/** Prints a numbered heading, with the command that does the same by hand where there is one. */
export const heading = (title: string, command?: string): void => {
  console.log(`\n${title}`)
  console.log('─'.repeat(title.length))
  if (command !== undefined) console.log(`$ npm run holdfast -- ${command}\n`)
}
