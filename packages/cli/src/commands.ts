import type { Command } from './command.ts'
import { checkCommand } from './commands/check.ts'
import { copyCommand } from './commands/copy.ts'
import { deleteCommand } from './commands/delete.ts'
import { doctorCommand } from './commands/doctor.ts'
import { exportCommand } from './commands/export.ts'
import { getCommand } from './commands/get.ts'
import { graphCommand } from './commands/graph.ts'
import { healthCommand } from './commands/health.ts'
import { importCommand } from './commands/import.ts'
import { initCommand } from './commands/init.ts'
import { inspectCommand } from './commands/inspect.ts'
import { listCommand } from './commands/list.ts'
import { migrateCommand } from './commands/migrate.ts'
import { restoreCommand } from './commands/restore.ts'
import { runCommand } from './commands/run.ts'
import { schemaCommand } from './commands/schema.ts'
import { setCommand } from './commands/set.ts'
import { validateCommand } from './commands/validate.ts'
import { watchCommand } from './commands/watch.ts'

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  initCommand,
  setCommand,
  getCommand,
  listCommand,
  deleteCommand,
  restoreCommand,
  importCommand,
  exportCommand,
  runCommand,
  copyCommand,
  migrateCommand,
  watchCommand,
  validateCommand,
  checkCommand,
  doctorCommand,
  schemaCommand,
  inspectCommand,
  healthCommand,
  graphCommand,
]
