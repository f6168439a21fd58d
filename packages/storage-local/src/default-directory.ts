import { homedir } from 'node:os'
import { posix, win32 } from 'node:path'

/**
 * Where credentials of this user are kept when no directory is given: `holdfast/credentials` in the data folder of the
 * platform. That is `$XDG_DATA_HOME` (only when absolute, as the XDG Base Directory Specification says) or
 * `~/.local/share`, on macOS `~/Library/Application Support`, on Windows `%LOCALAPPDATA%` or `~\AppData\Local`.
 */
export const defaultDirectoryFromEnvironment = (
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platformName: string = process.platform,
  home: string = homedir(),
): string => {
  if (platformName === 'win32') {
    const base = environment.LOCALAPPDATA || win32.join(home, 'AppData', 'Local')
    return win32.join(base, 'holdfast', 'credentials')
  }
  if (platformName === 'darwin') {
    return posix.join(home, 'Library', 'Application Support', 'holdfast', 'credentials')
  }
  const { XDG_DATA_HOME: dataHome = '' } = environment
  const base = posix.isAbsolute(dataHome) ? dataHome : posix.join(home, '.local', 'share')
  return posix.join(base, 'holdfast', 'credentials')
}
