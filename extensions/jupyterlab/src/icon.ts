/** Our mark, in the colours of the theme. */
import { LabIcon } from "@jupyterlab/ui-components";
import svgstr from "../style/icon.svg";

export const icon = new LabIcon({ name: "intern:icon", svgstr });
