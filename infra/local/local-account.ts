/** What the local run gives for an AWS account. Apart from the engines, since commands that need it start none. */
export const region = 'us-east-1'
export const tableName = 'smokeball-events'
/** Those of a run that has no engines: they open nothing. */
export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
