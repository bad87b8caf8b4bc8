/**
 * Has names below `localhost` lead to this machine, in the process that imports it: MiniStack gives an API such a name, which not
 * every resolver knows, although it should (https://www.rfc-editor.org/rfc/rfc6761#section-6.3).
 */
import dns from 'node:dns'

const { lookup } = dns

dns.lookup = /** @type {typeof lookup} */ (
  (name, ...rest) =>
    /** @type {Function} */ (lookup)(name.endsWith('.localhost') ? '127.0.0.1' : name, ...rest)
)
