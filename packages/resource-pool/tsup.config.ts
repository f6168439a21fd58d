import { packageBuild } from '@holdfast/build-config'

export default packageBuild()
