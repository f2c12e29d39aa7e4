# blame: 2:8
import ./data/settings.json
