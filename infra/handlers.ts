/** What your handlers need of the function that they run in. This file is yours: releases never change it. */
import type { Settings } from './settings.ts'

const settings: Settings = {
  // environment: { CRM_URL: 'https://crm.example' },
  // secrets: { CRM_API_KEY: 'crm/api-key' },
}

export default settings
