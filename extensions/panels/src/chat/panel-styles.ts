import { css } from "lit";

/** The chat's frame: head, list, transcript and composer, from a side bar of 240 px on. */
export const panelStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    height: 100%;
    min-height: 0;
    overflow: hidden;
    container-type: inline-size;
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 8px;
    align-items: center;
    padding: 6px 12px;
    border-bottom: 1px solid var(--intern-border);
  }
  .head h2 {
    flex: 1 1 8em;
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .sign {
    min-width: 26px;
    text-align: center;
  }
  .plan {
    padding: 4px 12px;
    border-bottom: 1px solid var(--intern-border);
    max-height: 40%;
    overflow: auto;
    flex: none;
  }
  .plan summary {
    cursor: pointer;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .plan ol {
    list-style: none;
    margin: 4px 0;
    padding: 0;
  }
  .plan li {
    display: flex;
    gap: 6px;
    overflow-wrap: anywhere;
  }
  .plan .doing {
    font-weight: 600;
  }
  .plan .done,
  .plan .skipped {
    color: var(--intern-muted);
  }
  .plan .skipped span:last-child {
    text-decoration: line-through;
  }
  .plan .sign {
    flex: none;
    min-width: 1em;
  }
  intern-transcript {
    flex: 1;
  }
  .approvals {
    flex: 0 1 auto;
    max-height: 65%;
    overflow: auto;
    border-top: 1px solid var(--intern-border);
  }
  .below {
    flex: none;
    padding: 8px 12px 10px;
    border-top: 1px solid var(--intern-border);
  }
  .budget {
    display: flex;
    gap: 6px;
    align-items: center;
    font-size: 0.92em;
  }
  meter {
    width: 48px;
    height: 10px;
  }
  .model {
    max-width: 12em;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .scroll {
    flex: 1;
    min-height: 0;
    overflow: auto;
  }
  .search {
    padding: 8px 12px;
  }
  .search input {
    width: 100%;
  }
  .conversations {
    list-style: none;
    margin: 0;
    padding: 0 4px 8px;
  }
  .none {
    padding: 0 12px;
  }
  button.conversation {
    display: grid;
    grid-template-columns: 1em minmax(0, 1fr) auto;
    gap: 0 6px;
    width: 100%;
    padding: 5px 8px;
    color: inherit;
  }
  button.conversation:hover {
    background: var(--intern-hover);
    text-decoration: none;
  }
  .conversation .title {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .conversation .state {
    grid-column: 2;
  }
  .dot {
    color: var(--intern-link);
  }
  .examples {
    display: grid;
    gap: 6px;
    justify-items: start;
  }
  .examples button {
    white-space: normal;
    text-align: left;
  }
  .stop {
    flex-wrap: wrap;
  }
  .stop p {
    flex: 1 1 100%;
  }
  @container (max-width: 300px) {
    .budget span {
      display: none;
    }
  }
`;
