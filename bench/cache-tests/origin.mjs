// Starts the suite's server, given by its path, on loopback: by itself it listens on every interface.
import { Server } from 'node:net'
import { pathToFileURL } from 'node:url'

const listen = Server.prototype.listen
Server.prototype.listen = function (port) {
  return listen.call(this, port, '127.0.0.1')
}

await import(pathToFileURL(process.argv[2]))
