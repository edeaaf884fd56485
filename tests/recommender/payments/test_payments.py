"""Paying on SQLite and PostgreSQL: whoever does what at the same moment, and wherever it breaks off, nothing is paid
twice and nothing is lost."""

import csv
import io
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select, update

from enterprises.database import reading, writing
from enterprises.dictionary import bundled
from enterprises.imports.workbooks import Workbook
from enterprises.tables import UNKNOWN, EnterpriseRow, record
from recommender.grants.deeds import accept, change_account, perform, report_account, settle
from recommender.grants.grants import list_grants, load_grant
from recommender.grants.states import Deed, NoReason, Refused, State
from recommender.payments.batch_deeds import NotPayable, make_batch, release, withdraw
from recommender.payments.batches import BatchChanged, BatchState, LineState, load_batch, load_lines, payable
from recommender.payments.files import DamagedBatch, control_of, payment_csv, payment_xlsx, released
from recommender.payments.ledger import Key, LedgerKind, entries, net, sums
from recommender.payments.recovery import RecoveryState, approve, correct, demand, lift, receive
from recommender.payments.results import Applied, Outcome, ResultFile, apply_result
from recommender.payments.round_states import SamePerson
from recommender.payments.sheets import BadList
from recommender.payments.tables import LedgerRow, LineRow
from recommender.payments.verifying import book_missing, verify
from tests.made_up_payments import (
    AMOUNT,
    DAY,
    FIXED,
    RIVAL,
    SEAL,
    TOWN,
    accepted,
    account,
    asked,
    batch,
    by,
    code,
    listed,
    result,
    statement,
)


def agree(engine: Engine, folder: Path, **how: str) -> list[str]:
    with writing(engine) as session:
        return accepted(session, folder, SEAL, **how)


def at_once(engine: Engine, *deeds: Callable[[Session], object]) -> list[str]:
    """Deeds begun at the same moment, each in a transaction of its own; what came of them."""
    start, outcomes = threading.Barrier(len(deeds)), list[str]()

    def run(deed: Callable[[Session], object]) -> None:
        start.wait()
        try:
            with writing(engine) as session:
                deed(session)
            outcomes.append("done")
        except (Refused, BadList):
            outcomes.append("refused")

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def paid_rows(session: Session) -> int:
    return session.exec(select(func.count()).select_from(LedgerRow).where(LedgerRow.kind == "paid")).one()


class TestAtTheSameMoment:
    def test_two_clerks_who_put_the_same_grants_into_a_batch_make_one(self, engine: Engine, tmp_path: Path) -> None:
        ids = agree(engine, tmp_path)

        def pay(actor: str, some: list[str]) -> Callable[[Session], object]:
            return lambda session: make_batch(session, some, TOWN, "", by(actor), SEAL)

        assert at_once(engine, pay("one", ids), pay("other", ids[::-1]), pay("third", ids[1:])).count("done") == 1
        with reading(engine) as session:
            open_lines = session.exec(select(LineRow.grant_id).where(LineRow.state == "open")).all()
            assert len(open_lines) == len(set(open_lines))
            assert verify(session) == ()

    def test_two_who_release_it_at_once_release_it_once(self, engine: Engine, tmp_path: Path) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            made = make_batch(session, ids, TOWN, "", by("clerk"), SEAL)

        def press(actor: str) -> Callable[[Session], object]:
            return lambda session: release(session, made.id, made.revision, by(actor), SEAL)

        assert at_once(engine, press("one"), press("other")) == ["done", "refused"]
        with reading(engine) as session:
            for grant in list_grants(session, SEAL):
                assert [event.deed for event in grant.history].count(Deed.PAY) == 1

    def test_a_batch_that_is_released_and_withdrawn_at_once_is_one_of_both(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            made = make_batch(session, ids, TOWN, "", by("clerk"), SEAL)
        outcomes = at_once(
            engine,
            lambda session: release(session, made.id, made.revision, by("cashier"), SEAL),
            lambda session: withdraw(session, made.id, made.revision, "写错了", by("clerk"), SEAL),
        )
        assert outcomes == ["done", "refused"]
        with reading(engine) as session:
            assert verify(session) == ()

    def test_the_same_result_from_two_windows_is_booked_once(self, engine: Engine, tmp_path: Path) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            made = batch(session, ids, SEAL)
            files = [result(session, made.id, digest=digest * 64) for digest in "ab"]
        outcomes = at_once(
            engine,
            *(lambda session, file=file: apply_result(session, made.id, file, by("clerk"), SEAL) for file in files),
        )
        assert outcomes == ["done", "done"]
        with reading(engine) as session:
            assert paid_rows(session) == len(ids)
            assert verify(session) == ()

    def test_an_account_that_changes_while_the_batch_is_released_is_never_paid_to_unseen(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            made = make_batch(session, ids, TOWN, "", by("clerk"), SEAL)
        at_once(
            engine,
            lambda session: release(session, made.id, made.revision, by("cashier"), SEAL),
            lambda session: change_account(session, ids[0], account(77), by("owner"), SEAL),
        )
        with reading(engine) as session:
            grant = load_grant(session, ids[0], SEAL)
            line = next(line for line in load_lines(session, made.id) if line.grant_id == ids[0])
            if load_batch(session, made.id).state is BatchState.RELEASED:
                assert grant.account_tail == line.account_tail
            else:
                assert grant.state is State.ACCEPTED

    def test_the_database_itself_refuses_a_second_line_and_a_second_payment(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            made = batch(session, ids, SEAL)
            apply_result(session, made.id, result(session, made.id), by("clerk"), SEAL)
        with pytest.raises(IntegrityError), writing(engine) as session:
            row = session.exec(select(LineRow).where(LineRow.grant_id == ids[0])).one()
            session.add(LineRow(**{**row.model_dump(), "line": 99, "reference": "x", "state": "open", "paid_on": None}))
        with pytest.raises(IntegrityError), writing(engine) as session:
            entry = session.exec(select(LedgerRow).where(LedgerRow.grant_id == ids[0])).one()
            session.add(LedgerRow(**{**entry.model_dump(), "number": 99}))


_CRASH = """
import os, signal, sys
from pathlib import Path
from enterprises.database import connect, writing
from enterprises.sealing import Seal
from recommender.payments.batch_deeds import release
from recommender.payments.files import payment_csv
from tests.made_up_payments import by
url, batch_id, where, target, key = sys.argv[1:]
engine, seal = connect(url), Seal((key,))
with writing(engine) as session:
    release(session, batch_id, 1, by("cashier"), seal)
    session.flush()
    if where == "before":
        os.kill(os.getpid(), signal.SIGKILL)
with writing(engine) as session:
    Path(target).write_bytes(payment_csv(session, batch_id, seal)[:40])
    os._exit(9)
"""


class TestCrashes:
    @pytest.mark.parametrize("where", ["before", "within"])
    def test_between_the_state_and_the_file_nothing_is_lost_or_doubled(
        self, engine: Engine, town_url: str, tmp_path: Path, where: str
    ) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            made = make_batch(session, ids, TOWN, "", by("clerk"), SEAL)
        target = tmp_path / "payment.csv"
        told = subprocess.run(
            [sys.executable, "-c", _CRASH, town_url, made.id, where, str(target), SEAL._keys[0]],
            check=False,
            capture_output=True,
            text=True,
        )
        assert told.returncode == (-signal.SIGKILL if where == "before" else 9), told.stderr
        if where == "before":
            with reading(engine) as session:
                assert load_batch(session, made.id).state is BatchState.DRAFTED
            with writing(engine) as session:
                release(session, made.id, 1, by("cashier"), SEAL)
        else:
            with pytest.raises(BatchChanged), writing(engine) as session:
                release(session, made.id, 1, by("cashier"), SEAL)
        with reading(engine) as session:
            whole = payment_csv(session, made.id, SEAL)
            assert payment_csv(session, made.id, SEAL) == whole
            if target.exists():
                assert whole.startswith(target.read_bytes())
            assert {grant.state for grant in list_grants(session, SEAL)} == {State.PAYING}
            assert verify(session) == ()
        with pytest.raises(NotPayable), writing(engine) as session:
            make_batch(session, ids, TOWN, "", by("clerk"), SEAL)

    def test_two_processes_that_pay_at_once_pay_once(self, engine: Engine, town_url: str, tmp_path: Path) -> None:
        ids = agree(engine, tmp_path)
        run = (
            "import sys\n"
            "from enterprises.database import connect, writing\n"
            "from enterprises.sealing import Seal\n"
            "from recommender.grants.states import Refused\n"
            "from recommender.payments.batch_deeds import make_batch, release\n"
            "from tests.made_up_payments import by\n"
            "url, key, actor, *ids = sys.argv[1:]\n"
            "engine, seal = connect(url), Seal((key,))\n"
            "sys.stdin.readline()\n"
            "try:\n"
            "    with writing(engine) as session:\n"
            "        made = make_batch(session, ids, '610602', '', by(actor), seal)\n"
            "        release(session, made.id, 1, by(actor + '!'), seal)\n"
            "    print('done')\n"
            "except Refused:\n"
            "    print('refused')\n"
        )
        clerks = [
            subprocess.Popen(
                [sys.executable, "-c", run, town_url, SEAL._keys[0], actor, *ids],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for actor in ("one", "other")
        ]
        for clerk in clerks:
            assert clerk.stdin is not None
            clerk.stdin.write("go\n")
            clerk.stdin.flush()
        assert sorted(clerk.communicate()[0].strip() for clerk in clerks) == ["done", "refused"]
        with reading(engine) as session:
            assert session.exec(select(func.count()).select_from(LineRow)).one() == len(ids)
            assert verify(session) == ()


class TestBatches:
    def test_whoever_made_it_does_not_release_it_and_only_then_is_there_a_file(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            assert [each.blocked for each in payable(session, TOWN, "", SEAL)] == [""] * len(ids)
            made = make_batch(session, ids, TOWN, "", by("clerk"), SEAL)
            assert payable(session, TOWN, "", SEAL) == ()
            assert (made.state, made.count, made.total) == (BatchState.DRAFTED, 4, 4 * AMOUNT)
            with pytest.raises(Refused, match="没有付款文件"):
                payment_csv(session, made.id, SEAL)
            with pytest.raises(SamePerson):
                release(session, made.id, made.revision, by("clerk"), SEAL)
            assert {grant.state for grant in list_grants(session, SEAL)} == {State.ACCEPTED}

    def test_what_may_lie_in_a_place_is_not_paid_there_but_by_who_works_for_all_of_it(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        first, *others = agree(engine, tmp_path)
        with writing(engine) as session:
            coarse = update(EnterpriseRow).where(col(EnterpriseRow.credit_code) == code(1)).values(region="610600")
            unknown = update(EnterpriseRow).where(col(EnterpriseRow.credit_code) == code(2)).values(region=UNKNOWN)
            session.execute(coarse)
            session.execute(unknown)
            codes = {
                region: {one.grant.credit_code for one in payable(session, region, "", SEAL)}
                for region in (TOWN, "610600", "610000")
            }
            assert codes == {
                TOWN: {code(3), code(4)},
                "610600": {code(1), code(3), code(4)},
                "610000": {code(1), code(2), code(3), code(4)},
            }
            with pytest.raises(NotPayable, match="地区或部门"):
                make_batch(session, [first, *others], TOWN, "", by("clerk"), SEAL)

    def test_only_what_was_agreed_to_and_has_an_account_that_nobody_doubts(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        with writing(engine) as session:
            first, second, third, fourth = asked(session, listed(session, tmp_path, SEAL), SEAL)
            for grant in (first, second):
                change_account(session, grant.id, account(1), by("owner"), SEAL)
                accept(session, grant.id, by("owner"), SEAL)
            report_account(session, second.id, "户名变了", by("owner"), SEAL)
            perform(session, fourth.id, Deed.WITHDRAW, by(), SEAL, "不符合")
            with pytest.raises(NotPayable) as refused:
                make_batch(session, [first.id, second.id, third.id, fourth.id], TOWN, "", by("clerk"), SEAL)
            assert set(refused.value.problems) == {second.id, third.id, fourth.id}
            assert "户" in refused.value.problems[second.id] or "账户不对" in refused.value.problems[second.id]
            with pytest.raises(NotPayable, match="地区或部门"):
                make_batch(session, [first.id], "610603", "", by("clerk"), SEAL)
            with pytest.raises(NotPayable, match="地区或部门"):
                make_batch(session, [first.id], TOWN, "别的部门", by("clerk"), SEAL)
            with pytest.raises(Refused, match="不存在"):
                make_batch(session, ["0" * 32], TOWN, "", by("clerk"), SEAL)
            with pytest.raises(Refused, match="请选"):
                make_batch(session, [], TOWN, "", by("clerk"), SEAL)
            assert make_batch(session, [first.id], TOWN, "示例部门", by("clerk"), SEAL).count == 1

    def test_who_is_no_longer_due_is_not_paid_also_after_the_batch_was_made(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            made = make_batch(session, ids, TOWN, "", by("clerk"), SEAL)
            gone = next(grant for grant in list_grants(session, SEAL) if grant.credit_code == code(1))
            record(session, [replace(statement(1, employees=2), received_on=DAY + timedelta(days=1))], bundled())
        with pytest.raises(NotPayable) as refused, writing(engine) as session:
            release(session, made.id, made.revision, by("cashier"), SEAL)
        assert set(refused.value.problems) == {gone.id}
        with writing(engine) as session:
            with pytest.raises(NoReason):
                withdraw(session, made.id, made.revision, " ", by("clerk"), SEAL)
            made = withdraw(session, made.id, made.revision, "有一家不符合了", by("clerk"), SEAL)
            assert {line.state for line in load_lines(session, made.id)} == {LineState.DROPPED}
            with pytest.raises(BatchChanged):
                release(session, made.id, made.revision, by("cashier"), SEAL)
            again = make_batch(session, [name for name in ids if name != gone.id], TOWN, "", by("clerk"), SEAL)
            assert (again.count, again.number > made.number) == (3, True)
            assert verify(session) == ()

    def test_by_hand_nothing_is_paid_that_stands_in_a_batch(self, engine: Engine, tmp_path: Path) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            make_batch(session, ids[:1], TOWN, "", by("clerk"), SEAL)
            with pytest.raises(Refused, match="付款批次里"):
                perform(session, ids[0], Deed.PAY, by(), SEAL)
            batch(session, ids[1:2], SEAL)
            with pytest.raises(Refused, match="付款批次里"):
                settle(session, ids[1], DAY, by(), SEAL)
            perform(session, ids[2], Deed.PAY, by(), SEAL)
            settle(session, ids[2], DAY, by(), SEAL)
            assert net(session, ids[2]) == AMOUNT
            with pytest.raises(NotPayable):
                make_batch(session, ids[2:3], TOWN, "", by("clerk"), SEAL)
            assert verify(session) == ()

    def test_the_higher_of_two_is_topped_up_and_in_one_batch_too(self, engine: Engine, tmp_path: Path) -> None:
        first = agree(engine, tmp_path)
        second = agree(engine, tmp_path, item=RIVAL)
        with pytest.raises(NotPayable, match="金额变了：原来 3万元，现在 2万元"), writing(engine) as session:
            make_batch(session, first, TOWN, "", by("clerk"), SEAL)
            make_batch(session, second, TOWN, "", by("clerk"), SEAL)
        with writing(engine) as session:
            made = batch(session, first, SEAL)
            apply_result(session, made.id, result(session, made.id), by("clerk"), SEAL)
        with writing(engine) as session:
            grants = asked(session, listed(session, tmp_path, SEAL, item=RIVAL, occasion="再一次"), SEAL)
            assert {grant.amount for grant in grants} == {2 * AMOUNT}
            assert all("只补差额" in grant.steps[-1] for grant in grants)


class TestFiles:
    def test_both_have_all_lines_and_the_control_totals_and_are_the_same_bytes_again(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            made = batch(session, ids, SEAL)
            _, payments = released(session, made.id, SEAL)
            text, book = payment_csv(session, made.id, SEAL), payment_xlsx(session, made.id, SEAL)
        with reading(engine) as session:
            assert payment_csv(session, made.id, SEAL) == text
            assert payment_xlsx(session, made.id, SEAL) == book
        rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
        control = control_of(payments)
        assert (control.count, control.total) == (4, 4 * AMOUNT)
        assert int(control.hash_total) == sum(int(payment.account.number) for payment in payments)
        assert rows[-1][2:6] == [f"账号校验和 {control.hash_total}", "", "40000.00", "共 4 笔"]
        assert [row[0] for row in rows[1:-1]] == [f"{made.number}-{line:04}" for line in range(1, 5)]
        path = tmp_path / "payment.xlsx"
        path.write_bytes(book)
        workbook = Workbook(path)
        cells = [[str(cell) for cell in row] for _, row in workbook.rows("付款")]
        workbook.close()
        assert [row[2] for row in cells] == [row[2] for row in rows]

    def test_what_begins_like_a_formula_is_none(self, engine: Engine, tmp_path: Path) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            evil = replace(account(1), holder='=HYPERLINK("http://x")', bank="+1")
            change_account(session, ids[0], evil, by("owner"), SEAL)
            made = batch(session, ids[:1], SEAL)
            row = list(csv.reader(io.StringIO(payment_csv(session, made.id, SEAL).decode("utf-8-sig"))))[1]
        assert (row[1][0], row[3][0]) == ("'", "'")

    def test_lines_that_were_altered_are_never_handed_out(self, engine: Engine, tmp_path: Path) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            made = batch(session, ids, SEAL)
            session.execute(update(LineRow).where(col(LineRow.line) == 1).values(amount=AMOUNT + 1))
            with pytest.raises(DamagedBatch):
                payment_csv(session, made.id, SEAL)
            assert any("各行合计不同" in sentence for sentence in verify(session))


class TestResults:
    def test_what_is_paid_is_booked_and_what_came_back_goes_into_a_later_batch(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            made = batch(session, ids, SEAL)
            file = result(session, made.id, returned=ids[:1])
            assert apply_result(session, made.id, file, by("clerk"), SEAL) == Applied(3, 1, 0)
            assert apply_result(session, made.id, file, by("clerk"), SEAL) == Applied(0, 0, 4)
            assert load_batch(session, made.id).state is BatchState.SETTLED
            assert load_grant(session, ids[0], SEAL).state is State.RETURNED
            assert (paid_rows(session), net(session, ids[0])) == (3, 0)
            change_account(session, ids[0], account(9), by("owner"), SEAL)
            later = batch(session, ids[:1], SEAL)
            apply_result(session, later.id, result(session, later.id), by("clerk"), SEAL)
            assert apply_result(session, made.id, file, by("clerk"), SEAL) == Applied(0, 0, 4)
            assert [entry.kind for entry in entries(session, SEAL, grant_id=ids[0])] == [
                LedgerKind.PAID,
                LedgerKind.RETURNED,
            ]
            assert verify(session) == ()
            (total,) = sums(session, Key.MONTH)
            assert (total.key, total.count, total.paid, total.net) == ("2024-06", 4, 4 * AMOUNT, 4 * AMOUNT)
            assert [each.key for each in sums(session, Key.ITEM)] == [FIXED]
            assert sums(session, Key.REGION, region="610603") == ()

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"reference": "FK2024-99999-0001"}, "没有付款编号"),
            ({"amount": AMOUNT + 1}, "金额不同"),
            ({"tail": "9999"}, "末四位不同"),
            ({"day": DAY - timedelta(days=1)}, "到账日期"),
            ({"day": DAY + timedelta(days=1)}, "到账日期"),
        ],
    )
    def test_a_line_that_does_not_fit_refuses_the_whole_file(
        self, engine: Engine, tmp_path: Path, change: dict[str, str | int | date], words: str
    ) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            made = batch(session, ids, SEAL)
            first, *others = result(session, made.id).outcomes
            file = ResultFile((replace(first, **change), *others), "b" * 64)  # type: ignore[arg-type]
            with pytest.raises(BadList, match=words) as refused:
                apply_result(session, made.id, file, by("clerk"), SEAL)
            assert refused.value.problems[0].line == first.line
            assert {line.state for line in load_lines(session, made.id)} == {LineState.OPEN}
            assert paid_rows(session) == 0

    def test_what_is_booked_is_not_corrected_by_another_file(self, engine: Engine, tmp_path: Path) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            made = batch(session, ids, SEAL)
            said = result(session, made.id, returned=ids[:1])
            apply_result(session, made.id, said, by("clerk"), SEAL)
            by_id = {line.reference: line.grant_id for line in load_lines(session, made.id)}
            turned = ResultFile(
                tuple(
                    replace(outcome, paid=not outcome.paid, day=None if outcome.paid else DAY, reason="退汇")
                    for outcome in said.outcomes
                ),
                "c" * 64,
            )
            with pytest.raises(BadList) as refused:
                apply_result(session, made.id, turned, by("clerk"), SEAL)
            assert len(refused.value.problems) == len(by_id)
            assert any("已经登记到账" in problem.message for problem in refused.value.problems)
            assert any("已经登记退回" in problem.message for problem in refused.value.problems)

    def test_nobody_says_anything_of_a_batch_that_the_bank_has_not(self, engine: Engine, tmp_path: Path) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            made = make_batch(session, ids, TOWN, "", by("clerk"), SEAL)
            with pytest.raises(BatchChanged):
                apply_result(session, made.id, result(session, made.id), by("clerk"), SEAL)

    def test_one_line_at_a_time_comes_to_the_same(self, engine: Engine, tmp_path: Path) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            made = batch(session, ids, SEAL)
            said: list[Outcome] = []
            for outcome in result(session, made.id).outcomes:
                assert load_batch(session, made.id).state is BatchState.RELEASED
                said.append(outcome)
                file = ResultFile(tuple(said), f"{len(said):064}")
                assert apply_result(session, made.id, file, by("clerk"), SEAL) == Applied(1, 0, len(said) - 1)
            assert load_batch(session, made.id).state is BatchState.SETTLED


class TestRecovery:
    def test_two_people_demand_it_and_what_comes_back_is_booked_to_the_last_fen(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            made = batch(session, ids, SEAL)
            apply_result(session, made.id, result(session, made.id), by("clerk"), SEAL)
            due = DAY + timedelta(days=30)
            for amount in (0, AMOUNT + 1):
                with pytest.raises(Refused, match="最多"):
                    demand(session, ids[0], amount, "多发", due, by("clerk"), SEAL)
            asked_back = demand(session, ids[0], AMOUNT, "不符合条件", due, by("clerk"), SEAL)
            with pytest.raises(Refused, match="已经在追回"):
                demand(session, ids[0], 1, "再要", due, by("clerk"), SEAL)
            with pytest.raises(SamePerson):
                approve(session, asked_back.id, by("clerk"), SEAL)
            with pytest.raises(Refused, match="待批准"):
                receive(session, asked_back.id, 1, DAY, by("clerk"), SEAL)
            approve(session, asked_back.id, by("cashier"), SEAL)
            with pytest.raises(Refused, match="正在追回"):
                perform(session, ids[0], Deed.RECOVER, by(), SEAL, "直接追回")
            receive(session, asked_back.id, AMOUNT - 1, DAY, by("clerk"), SEAL)
            assert load_grant(session, ids[0], SEAL).state is State.PAID
            mistaken = entries(session, SEAL, grant_id=ids[0])[0].number
            correct(session, mistaken, "记错了企业", by("clerk"), SEAL)
            with pytest.raises(Refused):
                correct(session, mistaken, "再更正", by("clerk"), SEAL)
            assert net(session, ids[0]) == AMOUNT
            with pytest.raises(Refused, match="还差"):
                receive(session, asked_back.id, AMOUNT + 1, DAY, by("clerk"), SEAL)
            done = receive(session, asked_back.id, AMOUNT, DAY, by("clerk"), SEAL)
            assert (done.state, net(session, ids[0])) == (RecoveryState.SETTLED, 0)
            assert load_grant(session, ids[0], SEAL).state is State.RECOVERED
            assert verify(session) == ()

    def test_part_of_it_leaves_it_paid_and_a_demand_can_be_lifted(self, engine: Engine, tmp_path: Path) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            made = batch(session, ids, SEAL)
            apply_result(session, made.id, result(session, made.id), by("clerk"), SEAL)
            part = demand(session, ids[0], 3, "多发 3 分", DAY, by("clerk"), SEAL)
            approve(session, part.id, by("cashier"), SEAL)
            receive(session, part.id, 3, DAY, by("clerk"), SEAL)
            assert (load_grant(session, ids[0], SEAL).state, net(session, ids[0])) == (State.PAID, AMOUNT - 3)
            other = demand(session, ids[0], 5, "再查", DAY, by("clerk"), SEAL)
            approve(session, other.id, by("cashier"), SEAL)
            with pytest.raises(SamePerson):
                lift(session, other.id, "查清了", by("clerk"), SEAL)
            assert lift(session, other.id, "查清了", by("cashier"), SEAL).state is RecoveryState.LIFTED
            assert verify(session) == ()


class TestVerifying:
    def test_whatever_is_altered_shows(self, engine: Engine, tmp_path: Path) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            made = batch(session, ids, SEAL)
            apply_result(session, made.id, result(session, made.id), by("clerk"), SEAL)
            assert verify(session) == ()
        for statement_ in (
            update(LedgerRow).where(col(LedgerRow.number) == 2).values(department="别的"),
            update(LedgerRow).where(col(LedgerRow.number) == 2).values(balance=1),
            update(LineRow).where(col(LineRow.line) == 1).values(paid_on=DAY - timedelta(days=1)),
        ):
            with pytest.raises(_Undone), writing(engine) as session:
                session.execute(statement_)
                assert verify(session) != ()
                raise _Undone

    def test_what_was_paid_before_there_was_a_ledger_is_booked_once(self, engine: Engine, tmp_path: Path) -> None:
        ids = agree(engine, tmp_path)
        with writing(engine) as session:
            batch_id = batch(session, ids, SEAL).id
            apply_result(session, batch_id, result(session, batch_id), by("clerk"), SEAL)
            session.execute(LedgerRow.__table__.delete())  # type: ignore[attr-defined]
            assert len(verify(session)) == 2 * len(ids)
            assert book_missing(session, by(), SEAL) == len(ids)
            assert book_missing(session, by(), SEAL) == 0
            assert verify(session) == ()


class _Undone(Exception):
    """Rolls back what a test has altered."""
