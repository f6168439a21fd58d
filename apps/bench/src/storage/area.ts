import type { Area } from '../area.ts'
import { aws } from './aws.ts'
import { azure } from './azure.ts'
import { cached } from './cached.ts'
import { kubernetes } from './kubernetes.ts'
import { vault } from './vault.ts'

/** One line for each driver of a remote backend, and one for what stands before all of them. */
const drivers = [aws, azure, kubernetes, vault, cached]

/** What the drivers of remote backends cost over the clients they are built on. */
export const area: Area = {
  description:
    'Drivers of remote credential stores beside the clients they are built on, on replayed answers and on servers.',
  rows: drivers.flatMap(({ rows }) => rows),
  subjects: drivers.flatMap(({ subjects }) => subjects),
  goals: drivers.flatMap(({ goals }) => goals),
}
