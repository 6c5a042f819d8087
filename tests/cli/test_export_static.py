import json

import pytest

EXPORT = ("export-static", "out", "--models")


@pytest.mark.slow
def test_all_lists_are_written_and_again_only_what_has_changed(recsys, newsroom, tmp_path):
    asked = (*EXPORT, newsroom.models, "--store", newsroom.store, "--newest", 5, "--now", "data")
    first = recsys(*asked, "--json").document
    assert first["articles"] == 5
    assert (first["unchanged"], first["removed"]) == (0, 0)
    page = json.loads((tmp_path / "out/default/page.json").read_bytes())
    assert page["blocks"]["latest"]["model"]["version"] == newsroom.version
    again = recsys(*asked)
    assert (again.code, again.err) == (0, "")
    assert again.lines == [
        ["articles", "5"], ["written", "0"], ["unchanged", str(first["written"])], ["removed", "0"],
    ]  # fmt: skip


def test_what_cannot_be_exported_is_said_in_one_line(refused, newsroom, tmp_path):
    assert "there is no site 'x'" in refused(1, *EXPORT, newsroom.models, "--site", "x")
    assert not (tmp_path / "out").exists()
    refused(2, *EXPORT, newsroom.models, "--newest", "0")
    refused(1, *EXPORT, "nowhere")
    (tmp_path / "out").write_text("")
    assert refused(1, *EXPORT, newsroom.models) == "out: must be a folder"
