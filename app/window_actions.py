"""Everything that can be done in a window, as rows: the one place that lists titles and shortcuts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from app import touring
from app.actions import Action, Standard

if TYPE_CHECKING:
    from app.main_window import MainWindow


def rows(window: MainWindow) -> list[Action]:
    """The actions of a window, in the order of its menus."""
    return [
        *_file(window),
        *_edit(window),
        *_select(window),
        *_layers(window),
        *_add(window),
        *_arrange(window),
        *_align(window),
        *_train(window),
        *_view(window),
        *_tint(window),
        *_kept_views(window),
        *_theme(window),
        *_help(window),
    ]


def _file(w: MainWindow) -> list[Action]:
    return [
        Action("file.new", "&New", "&File", w.new, [Standard.New], "file-plus", "New project"),
        Action("file.open", "&Open…", "&File", w.open, [Standard.Open], "folder-open", "Open a project"),
        Action("file.welcome", "&Welcome page", "&File", w.show_welcome, [], "home"),
        Action(
            "file.save", "&Save", "&File", w.save, [Standard.Save], "save", "Save the project",
            needs="document", follows=True,
        ),
        Action(
            "file.save_as", "Save &as…", "&File", w.save_as, [Standard.SaveAs], needs="document",
        ),
        Action(
            "file.export", "&Export the drawing…", "&File", w.export, ["Ctrl+Shift+E"], "image",
            "Export the drawing as SVG, PNG or PDF", needs="document", follows=True,
        ),
        Action(
            "file.preferences", "&Preferences…", "&File", w.show_preferences, ["Ctrl+,"], "settings",
            follows=True,
        ),
        Action("file.close", "&Close", "&File", w.close, [Standard.Close], follows=True),
        Action("file.quit", "&Quit", "&File", w.quit, [Standard.Quit]),
    ]  # fmt: skip


def _edit(w: MainWindow) -> list[Action]:
    canvas = w.canvas_action
    return [
        Action("edit.undo", "&Undo", "&Edit", w.undo, [Standard.Undo], "undo-2", needs="undo"),
        Action("edit.redo", "&Redo", "&Edit", w.redo, [Standard.Redo, "Ctrl+Y"], "redo-2", needs="redo"),
        Action(
            "edit.cut", "Cu&t", "&Edit", canvas("cut"), [Standard.Cut], "scissors",
            needs="selection", follows=True,
        ),
        Action(
            "edit.copy", "&Copy", "&Edit", canvas("copy"), [Standard.Copy], "copy", needs="selection",
        ),
        Action(
            "edit.paste", "&Paste", "&Edit", canvas("paste"), [Standard.Paste], "clipboard-paste",
            needs="document",
        ),
        Action(
            "edit.duplicate", "&Duplicate", "&Edit", canvas("duplicate_selection"), ["Ctrl+D"],
            needs="selection",
        ),
        Action(
            "edit.delete", "De&lete", "&Edit", canvas("delete_selection"), ["Del"],
            "trash-2", "Delete, and join what was around", needs="selection",
        ),
    ]  # fmt: skip


def _select(w: MainWindow) -> list[Action]:
    canvas = w.canvas_action
    return [
        Action(
            "edit.find", "Fi&nd…", "&Edit", canvas("find_layers"), [Standard.Find], "search",
            "Find layers by name, kind or parameter, also inside blocks", needs="document",
            follows=True,
        ),
        Action(
            "edit.find_next", "Find ne&xt", "&Edit", canvas("find_next"), ["F3"], needs="document",
        ),
        Action(
            "edit.find_previous", "Find pre&vious", "&Edit", canvas("find_previous"), ["Shift+F3"],
            needs="document",
        ),
        Action(
            "edit.select_all", "Select &all", "&Edit/&Select", canvas("select_all"),
            [Standard.SelectAll], needs="document",
        ),
        Action(
            "edit.lasso", "La&sso…", "&Edit/&Select", canvas("select_lasso"), ["Q"],
            help="Draw around what is to be selected (Alt+drag on empty canvas)", needs="document",
        ),
        Action(
            "edit.select_before", "Select what &feeds it", "&Edit/&Select", canvas("select_before"),
            ["Ctrl+Shift+Left"], help="Select all that feeds the selection", needs="selection",
        ),
        Action(
            "edit.select_behind", "Select what it f&eeds", "&Edit/&Select", canvas("select_behind"),
            ["Ctrl+Shift+Right"], help="Select all that the selection feeds", needs="selection",
        ),
    ]  # fmt: skip


def _layers(w: MainWindow) -> list[Action]:
    canvas = w.canvas_action
    return [
        Action(
            "edit.replace", "Replace &with…", "&Edit", canvas("replace_layer"), ["R"],
            help="Put another layer in its place; wires that fit stay", needs="selection",
            follows=True,
        ),
        Action(
            "edit.take_out", "Ta&ke out of the wires", "&Edit", canvas("take_out"), ["E"],
            help="Take the selection out of its wires, which heal (Alt+drag)", needs="selection",
        ),
        Action(
            "edit.mute", "&Mute", "&Edit", canvas("toggle_muted"), ["M"], "volume-x",
            "Mute: data pass the layer by", needs="selection",
        ),
        Action(
            "edit.collapse", "C&ollapse", "&Edit", canvas("toggle_collapsed"), ["H"],
            "", "Collapse to the name alone, or open again", needs="selection",
        ),
    ]  # fmt: skip


def _add(w: MainWindow) -> list[Action]:
    canvas = w.canvas_action
    return [
        Action(
            "add.layer", "&Add a layer…", "&Arrange", canvas("quick_add"), ["Shift+A"], "plus",
            "Search and add a layer", needs="document",
        ),
        Action(
            "add.note", "Add a &note", "&Arrange", canvas("add_note"), [], "sticky-note",
            needs="document",
        ),
        Action(
            "add.frame", "Add a &frame", "&Arrange", canvas("add_frame"), [], "frame",
            "Frame the selected layers", needs="document",
        ),
    ]  # fmt: skip


def _arrange(w: MainWindow) -> list[Action]:
    canvas = w.canvas_action
    return [
        Action(
            "arrange.tidy", "&Tidy", "&Arrange", canvas("tidy"), ["L"], "wand-sparkles",
            "Tidy the drawing, or the selected part", needs="document",
        ),
        Action(
            "arrange.straighten", "&Straighten", "&Arrange", canvas("straighten"), needs="selection",
        ),
        Action(
            "arrange.connect", "&Connect the selected", "&Arrange", canvas("connect_selected"), ["C"],
            "link", "Join the selected layers", needs="several",
        ),
        Action(
            "arrange.point", "Add a &point to the wire", "&Arrange", canvas("add_point"), ["P"],
            help="Add a point that the wire under the pointer bends at (Alt+click on it)",
            needs="document",
        ),
        Action(
            "arrange.unbend", "Re&move points of wires", "&Arrange", canvas("remove_points"),
            needs="selection",
        ),
        Action(
            "block.group", "&Group into a block", "&Arrange", canvas("group_selection"), ["Ctrl+G"],
            "group", needs="selection", follows=True,
        ),
        Action(
            "block.ungroup", "&Unpack the block", "&Arrange", canvas("ungroup_selection"),
            ["Ctrl+Shift+G"], "ungroup", needs="selection",
        ),
        Action(
            "block.enter", "&Enter the block", "&Arrange", canvas("enter_block"), ["Ctrl+Return"],
            "corner-down-right", needs="selection",
        ),
        Action(
            "block.leave", "&Leave the block", "&Arrange", canvas("leave_block"), ["Ctrl+Up"],
            needs="block",
        ),
    ]  # fmt: skip


def _align(w: MainWindow) -> list[Action]:
    made = list[Action]()
    for kind in ("left", "center", "right", "top", "middle", "bottom"):
        run = partial(w.run_canvas, "align", kind)
        made.append(
            Action(f"align.{kind}", kind.capitalize(), "&Arrange/&Align", run, needs="several")
        )
    for kind in ("horizontally", "vertically"):
        run = partial(w.run_canvas, "distribute", kind)
        made.append(
            Action(
                f"distribute.{kind}",
                kind.capitalize(),
                "&Arrange/&Distribute",
                run,
                needs="several",
            )
        )
    return made


def _train(w: MainWindow) -> list[Action]:
    run = partial(partial, w.run_training)
    return [*_going(run), *_steering(run)]


def _going(run: Callable[[str], Callable[[], object]]) -> list[Action]:
    return [
        Action(
            "train.start", "&Train", "&Train", run("start"), ["F5"], "play", "Train the network",
            needs="document trainable",
        ),
        Action(
            "train.pause", "&Pause", "&Train", run("run.pause"), ["F6"], "pause",
            "Pause before the next step; once more goes on", needs="steerable", shows="paused",
        ),
        Action(
            "train.step", "Take one &step", "&Train", run("run.advance"), ["F10"], "step-forward",
            "Take one step and pause", needs="steerable",
        ),
        Action(
            "train.stop", "St&op", "&Train", run("run.stop"), ["Shift+F5"], "square",
            "Stop with a checkpoint; a second time ends the process", needs="training",
        ),
        Action(
            "train.go_on", "&Go on from the checkpoint", "&Train", run("go_on"), ["Ctrl+F5"],
            "rotate-cw", "Take the last run up again where it was broken off", needs="resumable",
        ),
    ]  # fmt: skip


def _steering(run: Callable[[str], Callable[[], object]]) -> list[Action]:
    return [
        Action(
            "train.checkpoint", "Save a &checkpoint now", "&Train", run("run.save_checkpoint"),
            sign="bookmark", needs="steerable", follows=True,
        ),
        Action(
            "train.best", "Go back to the &best weights", "&Train", run("run.restore_best"),
            needs="steerable",
        ),
        Action(
            "train.reset", "&Reset the weights", "&Train", run("run.reset_weights"),
            needs="steerable",
        ),
        Action(
            "train.panel", "Show the training pane&l", "&Train", run("show_panel"), ["Ctrl+T"],
            "chart-spline", needs="document", follows=True,
        ),
        Action(
            "train.runs", "Show all r&uns", "&Train", run("show_runs"), [], "history",
            "Show the runs of the project: compare them, or put the drawing of one back",
            needs="document",
        ),
    ]  # fmt: skip


def _view(w: MainWindow) -> list[Action]:
    canvas = w.canvas_action
    return [
        Action(
            "view.commands", "&All commands…", "&View", w.show_commands, ["Ctrl+Shift+P"],
            "command", "Search everything that can be done",
        ),
        Action(
            "view.find", "&Search the palette", "&View", w.focus_palette, ["Ctrl+K"], "search",
            needs="document",
        ),
        Action(
            "view.fit", "Zoom to &fit", "&View", canvas("zoom_to_fit"), ["Home"], "maximize",
            needs="document", follows=True,
        ),
        Action(
            "view.selection", "Zoom to &selection", "&View", canvas("zoom_to_selection"), ["F"],
            "focus", needs="selection",
        ),
        Action(
            "view.in", "Zoom &in", "&View", canvas("zoom_in"), [Standard.ZoomIn, "Ctrl+="],
            "zoom-in", needs="document",
        ),
        Action(
            "view.out", "Zoom &out", "&View", canvas("zoom_out"), [Standard.ZoomOut], "zoom-out",
            needs="document",
        ),
        Action(
            "view.reset", "Zoom to &100 %", "&View", canvas("zoom_reset"), ["Ctrl+0"],
            needs="document",
        ),
        Action(
            "view.minimap", "&Minimap", "&View", canvas("toggle_minimap"), [], "map", needs="document",
        ),
    ]  # fmt: skip


TINTS = {
    "gradient": "By gradient &magnitude",
    "ratio": "By &update ÷ weight",
    "dead": "By &dead units",
    "scale": "By activation &scale",
    "time": "By t&ime spent",
}


def _tint(w: MainWindow) -> list[Action]:
    menu = "&View/T&int of the nodes"
    whether = Action(
        "view.tint", "&Tint nodes by the run", menu, partial(w.run_training, "tint.toggle"), ["T"],
        help="Tint nodes and wires by what the run shown has measured, or not", needs="document",
    )  # fmt: skip
    by = [
        Action(
            f"view.tint.{name}", title, menu, partial(w.run_training, "tint.choose", name),
            help=f"Tint nodes b{title[1:].replace('&', '')}",
            needs="document", follows=name == "gradient",
        )
        for name, title in TINTS.items()
    ]  # fmt: skip
    return [whether, *by]


def _kept_views(w: MainWindow) -> list[Action]:
    menu, numbers = "&View/&Kept views", [str(number) for number in range(1, 10)]
    going = [
        Action(
            f"view.go.{n}", f"Go to view &{n}", menu, partial(w.run_canvas, "go_to_view", n), [n],
            needs="document",
        )
        for n in numbers
    ]  # fmt: skip
    keeping = [
        Action(
            f"view.keep.{n}", f"Keep this view as {n}", menu, partial(w.run_canvas, "keep_view", n),
            [f"Ctrl+{n}", f"Ctrl+Alt+{n}"], needs="document", follows=n == "1",
        )
        for n in numbers
    ]  # fmt: skip
    return going + keeping


def _theme(w: MainWindow) -> list[Action]:
    return [
        Action(
            "view.light", "&Light", "&View/&Theme", partial(w.prefer, "light"), [], "sun",
        ),
        Action("view.dark", "&Dark", "&View/&Theme", partial(w.prefer, "dark"), [], "moon"),
        Action(
            "view.system", "Like the &system", "&View/&Theme", partial(w.prefer, "system"), [],
            "monitor-cog",
        ),
    ]  # fmt: skip


def _help(w: MainWindow) -> list[Action]:
    return [
        Action(
            "help.layer", "About this &layer", "&Help", w.help_on_selection, ["F1"], "circle-help",
            needs="selection",
        ),
        Action("help.shortcuts", "&Shortcuts", "&Help", w.show_shortcuts, ["?"], "keyboard"),
        Action(
            "help.tour", "Take the &tour", "&Help", partial(touring.start, w), [], "map",
            "A tour of the window in seven steps", follows=True,
        ),
    ]  # fmt: skip
