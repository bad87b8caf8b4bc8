import 'uplot/dist/uPlot.min.css'
import './styles/base.css'
import './styles/table.css'
import './styles/parts.css'
import './styles/charts.css'
import './styles/views.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { openLive } from './live/open-live.ts'

const place = document.getElementById('console')
if (place) render(<App live={openLive()} />, place)
