import { css } from "lit";

export const panelStyles = css`
  :host {
    height: 100%;
    display: flex;
    flex-direction: column;
    container-type: inline-size;
  }
  .sheet {
    flex: 1;
    min-height: 0;
    display: grid;
    grid-template-columns: 260px minmax(0, 1fr);
  }
  .right {
    display: flex;
    flex-direction: column;
    min-height: 0;
  }
  .bar {
    display: flex;
    flex-wrap: wrap;
    gap: 6px 16px;
    align-items: center;
    padding: 8px 12px;
    border-bottom: 1px solid var(--intern-border);
  }
  .bar label {
    display: flex;
    gap: 6px;
    align-items: center;
  }
  .bar output {
    min-width: 2.6em;
  }
  .charts {
    overflow-y: auto;
    flex: 1;
    padding: 4px 12px 16px;
  }
  .grid {
    display: grid;
    gap: 10px;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 330px), 1fr));
  }
  summary {
    padding: 8px 0 6px;
    font-weight: 600;
    cursor: pointer;
  }
  .single {
    border-collapse: collapse;
    margin: 4px 0;
  }
  .single th,
  .single td {
    padding: 2px 16px 2px 0;
    text-align: right;
    font-weight: normal;
  }
  .single th:first-child {
    text-align: left;
  }
  @container (max-width: 640px) {
    .sheet {
      grid-template-columns: minmax(0, 1fr);
      grid-template-rows: minmax(96px, 30%) minmax(0, 1fr);
    }
  }
`;
