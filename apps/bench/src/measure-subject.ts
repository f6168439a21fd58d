// The process of one subject: measures it and sends the figures to the parent.
import { areas } from './areas.ts'

const [areaName = '', subjectName, round] = process.argv.slice(2)
const area = await areas[areaName]?.()
const subject = area?.subjects.find(({ name }) => name === subjectName)
if (subject === undefined) throw new Error(`There is no subject ${subjectName} in the area ${areaName}.`)

const figures = await subject.measure({ firstRound: round === 'first' })
// Some peers keep timers: the process ends when the figures have been sent, whatever is still running.
if (process.send === undefined) console.log(figures)
else process.send(figures, () => process.exit(0))
