import { defineConfig } from 'tsup'
import { app } from '../../tsup.shared.ts'

export default defineConfig(app(['src/main.ts', 'src/index.ts', 'src/handlers/*.ts']))
