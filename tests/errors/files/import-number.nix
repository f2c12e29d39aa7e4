# blame: 2:8
import 1
