/** The console's built files. Hashed assets are cached for ever; any other page of the console is its index.html. */
import path from 'node:path'
import express, { Router } from 'express'

export function consoleFiles(folder: string): Router {
  const root = path.resolve(folder)
  const router = Router()
  router.use(
    '/assets',
    express.static(path.join(root, 'assets'), { immutable: true, maxAge: '1y', fallthrough: false }),
  )
  router.use(express.static(root, { index: false, cacheControl: false }))
  router.use((request, response, next) => {
    const isPage = (request.method === 'GET' || request.method === 'HEAD') && request.accepts('html') === 'html'
    if (!isPage || path.extname(request.path) !== '') return next()
    response.set('Cache-Control', 'no-cache')
    response.sendFile('index.html', { root, cacheControl: false }, (error) => {
      if (error && !response.headersSent) next()
    })
  })
  return router
}
