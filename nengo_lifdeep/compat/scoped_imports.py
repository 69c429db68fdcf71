"""Give chosen packages, and only these, their own view of what ``import`` returns.

Python looks up ``__import__`` in the ``__builtins__`` of the module that executes an import
statement. A finder at the start of `sys.meta_path` therefore suffices to show a package
another ``tensorflow`` than the rest of the process sees: it hands the module to its ordinary
loader, with one changed entry among its builtins. `sys.modules` is never touched, so other
threads and later imports are not affected, and nothing needs to be restored after a failure.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

__all__ = ["ModuleView", "ScopedFinder", "install_finder", "scoped_importer"]


class ModuleView(ModuleType):
    """A module that answers some names itself and leaves all others to the module it shows.

    Parameters
    ----------
    module : module
        The module shown; every name that is not replaced is read from, and written to, it.
    **replacements
        Names answered by the view itself.

    Examples
    --------
    >>> import math
    >>> view = ModuleView(math, pi=3)
    >>> view.pi, view.sqrt(4.0), math.pi > 3
    (3, 2.0, True)
    """

    def __init__(self, module: ModuleType, **replacements: Any):
        super().__init__(module.__name__, module.__doc__)
        self.__dict__.update(replacements)
        self.__dict__["__spec__"] = getattr(module, "__spec__", None)
        self.__dict__["__loader__"] = getattr(module, "__loader__", None)
        self.__dict__["_shown"] = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_shown"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__:
            self.__dict__[name] = value
        else:
            setattr(self.__dict__["_shown"], name, value)

    def __delattr__(self, name: str) -> None:
        if name in self.__dict__:
            del self.__dict__[name]
        else:
            delattr(self.__dict__["_shown"], name)

    def __dir__(self) -> list[str]:
        return sorted(set(dir(self.__dict__["_shown"])) | set(self.__dict__))


def scoped_importer(substitutes: Mapping[str, ModuleType]) -> Callable[..., ModuleType]:
    """Make an ``__import__`` that returns a substitute for each absolute name in the mapping.

    Parameters
    ----------
    substitutes : mapping of str to module
        Dotted module name -> what an import statement for it should receive.

    Returns
    -------
    callable
        A function with the signature of `builtins.__import__`.
    """

    def import_(
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        # "import a.b" receives a; "from a.b import c" receives a.b
        received = name if fromlist else name.partition(".")[0]
        substitute = substitutes.get(received) if level == 0 else None
        if substitute is None:
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        if substitute.__name__ == received:  # a view of the real module: load what was asked for
            builtins.__import__(name, globals, locals, fromlist or (), level)
        return substitute

    return import_


class _ScopedLoader(Loader):
    """The ordinary loader of a module, which first changes the module's ``__import__``."""

    def __init__(self, loader: Loader, importer: Callable[..., ModuleType]):
        self._loader = loader
        self._importer = importer

    def __getattr__(self, name: str) -> Any:  # get_data, get_source, is_package, ...
        return getattr(self.__dict__["_loader"], name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": self._importer}
        self._loader.exec_module(module)


class ScopedFinder(MetaPathFinder):
    """Finds the modules of some packages as usual, and has them loaded with a scoped import.

    Parameters
    ----------
    packages : sequence of str
        Top-level packages that this finder serves; it declines all others.
    importer : callable
        What these packages' import statements call.
    """

    def __init__(self, packages: Sequence[str], importer: Callable[..., ModuleType]):
        self.packages = frozenset(packages)
        self.importer = importer

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module of the packages as usual, and load it with their own import.

        Parameters
        ----------
        fullname : str
            Name of the module.
        path : sequence of str or None
            Folders of its package; None for a top-level module.
        target : module, optional
            The module that is reloaded.
        """
        if fullname.partition(".")[0] not in self.packages:
            return None
        for finder in list(sys.meta_path):
            if isinstance(finder, ScopedFinder):  # itself, or one that this one goes before
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _ScopedLoader(spec.loader, self.importer)
                return spec
        return None


def install_finder(finder: ScopedFinder) -> None:
    """Put a finder at the start of `sys.meta_path`, once, where it also serves later submodules.

    Parameters
    ----------
    finder : ScopedFinder
        The finder.
    """
    served = (f.packages for f in sys.meta_path if isinstance(f, ScopedFinder))
    if not any(finder.packages <= packages for packages in served):
        sys.meta_path.insert(0, finder)
