/** What a test puts in the place of the user's `infra/handlers.ts`. */
export default { environment: { CRM_URL: 'https://crm.example' }, secrets: { CRM_API_KEY: 'crm/api-key' } }
