import type { Rule } from './rule.ts'
import { browserReachable } from './rules/browser-reachable.ts'
import { contractsDependencies } from './rules/contracts-dependencies.ts'
import { decisionRecords } from './rules/decision-records.ts'
import { documentationLinks } from './rules/documentation-links.ts'
import { environmentAccess } from './rules/environment-access.ts'
import { explainedAssertions } from './rules/explained-assertions.ts'
import { finishedWork } from './rules/finished-work.ts'
import { flatLayout } from './rules/flat-layout.ts'
import { hasTests } from './rules/has-tests.ts'
import { importsMatchManifest } from './rules/imports-match-manifest.ts'
import { indexIsATable } from './rules/index-is-a-table.ts'
import { languageSubset } from './rules/language-subset.ts'
import { licenseReachable } from './rules/license-reachable.ts'
import { meaningfulNames } from './rules/meaningful-names.ts'
import { mutantsApply } from './rules/mutants-apply.ts'
import { projectWords } from './rules/project-words.ts'
import { publishedExports } from './rules/published-exports.ts'
import { readmeSections } from './rules/readme-sections.ts'
import { requiredFields } from './rules/required-fields.ts'
import { revealCallSites } from './rules/reveal-call-sites.ts'
import { runningTests } from './rules/running-tests.ts'
import { runtimeDependencies } from './rules/runtime-dependencies.ts'
import { sourceLength } from './rules/source-length.ts'
import { workflowCommands } from './rules/workflow-commands.ts'

/** All structure and dependency rules. A new one is a file in `rules` and a line here. */
export const rules: readonly Rule[] = [
  browserReachable,
  contractsDependencies,
  decisionRecords,
  documentationLinks,
  environmentAccess,
  explainedAssertions,
  finishedWork,
  flatLayout,
  hasTests,
  importsMatchManifest,
  indexIsATable,
  languageSubset,
  licenseReachable,
  meaningfulNames,
  mutantsApply,
  projectWords,
  publishedExports,
  readmeSections,
  requiredFields,
  revealCallSites,
  runningTests,
  runtimeDependencies,
  sourceLength,
  workflowCommands,
]
