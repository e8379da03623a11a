"""One client's editor features: takes its requests, and publishes what changes by itself."""

import asyncio
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lsprotocol import types

from ...lint import Problem
from ...protocol import Event, FilesChanged
from ..served import Served
from .actions import Candidates, actions, findings_of
from .diagnostics import diagnostics
from .documents import Documents
from .execution import Execution
from .hovers import hover
from .lenses import lenses
from .linting import Linting, lint_diagnostics
from .mends import mends
from .parsing import Parsing
from .past import Past
from .refresh import Refresh
from .surfaces import CellSurface, OpenNotebook, Surface, open_notebooks
from .view import View

if TYPE_CHECKING:
    from ..connection import Connection

NotebookParams = (
    types.DidOpenNotebookDocumentParams
    | types.DidChangeNotebookDocumentParams
    | types.DidCloseNotebookDocumentParams
)


class Features:
    """Registers itself with a connection. All parsing is done in threads.

    Args:
        connection: the client.
        service: the workspace.
    """

    def __init__(self, connection: "Connection", service: Served) -> None:
        self._connection = connection
        self._service = service
        self._documents = Documents(service.root.resolve())
        self._past = Past(service.root)
        self._parsing = Parsing(service.root.resolve(), self._past)
        self._candidates = Candidates()
        self._linting = Linting(service.root.resolve())
        self._learning: asyncio.Task[None] | None = None
        self._published: dict[str, list[types.Diagnostic]] = {}
        self._refresh: Refresh | None = None
        self._unlisten: Callable[[], None] = lambda: None
        self._register()

    def offer_commands(self) -> None:
        """For a client that has none of ours; to be called while it initializes."""
        Execution(self._connection, self._service).offer()

    def stop(self) -> None:
        """The client has gone."""
        self._unlisten()
        self._linting.stop()
        if self._refresh is not None:
            self._refresh.stop()

    def _register(self) -> None:
        feature = self._connection.feature

        @feature(types.TEXT_DOCUMENT_DID_OPEN)
        def opened(params: types.DidOpenTextDocumentParams) -> None:
            # A client may have dropped what it was told before; an empty list says "looked at".
            self._published.pop(params.text_document.uri, None)
            self._changed(params.text_document.uri)

        @feature(types.TEXT_DOCUMENT_DID_CHANGE)
        def changed(params: types.DidChangeTextDocumentParams) -> None:
            self._changed(params.text_document.uri)

        @feature(types.TEXT_DOCUMENT_DID_SAVE)
        def saved(params: types.DidSaveTextDocumentParams) -> None:
            self._parsing.forget()
            self._linting.forget()
            self._changed(params.text_document.uri)
            if self._refresh is not None:  # what one file says changes the lenses of others
                self._refresh.soon(lenses=True)

        @feature(types.TEXT_DOCUMENT_DID_CLOSE)
        def closed(params: types.DidCloseTextDocumentParams) -> None:
            self._changed(params.text_document.uri)
            self._documents.forget(params.text_document.uri)

        @feature(types.TEXT_DOCUMENT_CODE_LENS)
        async def lens(params: types.CodeLensParams) -> list[types.CodeLens]:
            path = self._documents.path(params.text_document.uri)
            if path is None:
                return []
            return await asyncio.to_thread(lenses, self._view(), path)

        @feature(types.TEXT_DOCUMENT_HOVER)
        async def hovered(params: types.HoverParams) -> types.Hover | None:
            path = self._documents.path(params.text_document.uri)
            if path is None:
                return None
            return await asyncio.to_thread(hover, self._view(), path, params.position)

        quick_fixes = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])

        @feature(types.TEXT_DOCUMENT_CODE_ACTION, quick_fixes)
        async def fixes(params: types.CodeActionParams) -> list[types.CodeAction]:
            uri, view, notebooks = params.text_document.uri, self._view(), self._notebooks()
            if self._documents.path(uri) is None and not any(
                uri == cell for one in notebooks for cell, _ in one.cells
            ):
                return []
            named = findings_of(view, params.context)
            candidates = await self._candidates.of(view) if named else []
            mended = await asyncio.to_thread(self._mends, view, notebooks, params)
            return [*actions(named, candidates), *mended]

        @feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
        @feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
        @feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
        def notebook(params: NotebookParams) -> None:
            self._changed(params.notebook_document.uri)

    def _changed(self, uri: str) -> None:
        """A client that opens a document is an editor: from now on it is told what changes."""
        if self._documents.path(uri) is None and not uri.endswith(".ipynb"):
            return
        if self._refresh is None:
            store = self._service.store
            self._refresh = Refresh(store, self._tell)
            self._unlisten = store.listen(self._on_event)
        self._refresh.soon()

    def _on_event(self, event: Event) -> None:
        if isinstance(event.body, FilesChanged):
            self._candidates.forget()
            self._parsing.forget()
            self._linting.forget()

    def _view(self) -> View:
        workspace = self._connection.workspace
        return View.of(
            self._service.root.resolve(),
            self._service.store.state,
            documents=self._documents.among(workspace.text_documents),
            past=self._past,
            parsing=self._parsing,
            codec=workspace.position_codec,
        )

    async def _tell(self, lenses_too: bool) -> None:
        view = self._view()
        told = await asyncio.to_thread(self._diagnostics, view, self._notebooks())
        versions = {one.uri: one.version for one in view.documents.values()}
        for uri in self._published.keys() - told.keys():
            if self._published.pop(uri):
                self._publish(uri, [], None)
        for uri, each in told.items():
            if self._published.get(uri) != each:
                self._published[uri] = each
                self._publish(uri, each, versions.get(uri))
        if self._linting.wants_to_learn and (self._learning is None or self._learning.done()):
            self._learning = asyncio.create_task(self._learn(view))
        if lenses_too and self._refreshes_lenses():
            self._connection.workspace_code_lens_refresh(None)

    def _diagnostics(
        self, view: View, notebooks: list[OpenNotebook]
    ) -> dict[str, list[types.Diagnostic]]:
        """By URI."""
        found = {view.uri(path): each for path, each in diagnostics(view).items()}
        for surface, problems in self._problems(view, notebooks):
            for uri, each in lint_diagnostics(surface, problems).items():
                found[uri] = [*found.get(uri, []), *each]
        return found

    def _mends(
        self, view: View, notebooks: list[OpenNotebook], params: types.CodeActionParams
    ) -> list[types.CodeAction]:
        return [
            action
            for surface, problems in self._problems(view, notebooks)
            for action in mends(surface, params.context, params.text_document.uri, problems)
        ]

    def _problems(
        self, view: View, notebooks: list[OpenNotebook]
    ) -> Iterator[tuple[Surface, list[Problem]]]:
        yield Surface(view), self._linting.problems(view)
        for one in notebooks:
            yield CellSurface(view, one), self._linting.notebook_problems(view, one)

    def _notebooks(self) -> list[OpenNotebook]:
        return open_notebooks(self._service.root.resolve(), self._connection.workspace)

    async def _learn(self, view: View) -> None:
        """Ask the interpreter in the background; nobody who types waits for it."""
        if await asyncio.to_thread(self._linting.learn, view) and self._refresh is not None:
            self._refresh.soon()

    def _publish(self, uri: str, each: list[types.Diagnostic], version: int | None) -> None:
        self._connection.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=uri, diagnostics=each, version=version)
        )

    def _refreshes_lenses(self) -> bool:
        workspace = self._connection.client_capabilities.workspace
        lens = workspace.code_lens if workspace else None
        return bool(lens and lens.refresh_support)
