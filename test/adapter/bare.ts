/** The environment of a user's process: without what the setup of the tests has added to it. */
export function bareEnvironment(): Record<string, string | undefined> {
  const {
    LD_LIBRARY_PATH: _path,
    VK_DRIVER_FILES: _driver,
    VK_ICD_FILENAMES: _manifest,
    ...env
  } = process.env;
  return env;
}
