"""Position files of every broker's layout, with made-up content."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

import pytest

from sigmasight.domain.portfolios.csv_import.brokers import BROKERS, LAYOUTS
from sigmasight.domain.portfolios.csv_import.parser import ParsedFile
from tests.support.builders.csv_files import entries_of, faults_of, reading_of

AS_OF: Final = date(2026, 1, 12)


class Held(NamedTuple):
    """A position as it should come in; the currency is None where the file does not name one."""

    symbol: str
    quantity: str
    cost: str | None
    currency: str | None = None
    account: str | None = None


FILES: Final[dict[str, tuple[str, Sequence[Held]]]] = {
    "Schwab, all accounts": (
        """\
"Positions for All-Accounts as of 04:05 PM ET, 2026/01/12"

"Individual ...111"
"Symbol","Description","Qty (Quantity)","Price","Mkt Val (Market Value)","Cost Basis","Asset Type",
"ACME","ACME CORP","40","$210.00","$8,400.00","$6,010.00","Equity",
"Account Total","","--","--","$8,400.00","$6,010.00","--",

"Roth IRA ...222"
"Symbol","Description","Qty (Quantity)","Price","Mkt Val (Market Value)","Cost Basis","Asset Type",
"Cash & Cash Investments","--","--","--","$12.50","--","Cash and Money Market",
"Account Total","","--","--","$12.50","--","--",
""",
        [Held("ACME", "40", "150.25"), Held("CASH", "12.50", "1")],
    ),
    "Schwab, lots of a symbol": (
        """\
"ACME Lot Details for Individual ...111 as of 04:05 PM ET, 2026/01/12"

"Open Date","Quantity","Price","Cost/Share","Market Value","Cost Basis","Gain/Loss $","Period"
"02/03/2021","10","$210.00","$100.25","$2,100.00","$1,002.50","$1,097.50","Long Term"
"11/20/2025","4.5","$210.00","$200.00","$945.00","$900.00","$45.00","Short Term"
"Total","14.5","","$131.21","$3,045.00","$1,902.50","$1,142.50",""
""",
        [
            Held("ACME", "10", "100.25", account="Individual ...111"),
            Held("ACME", "4.5", "200", account="Individual ...111"),
        ],
    ),
    "Vanguard, with trades below": (
        """\
Account Number,Investment Name,Symbol,Shares,Share Price,Total Value,
10000001,VANGUARD TOTAL STOCK MARKET ETF,VTI,23.4608,300.00,7038.24,
10000001,VANGUARD FEDERAL MONEY MARKET INVESTOR CL,VMFXX,1250.55,1.00,1250.55,


Account Number,Trade Date,Settlement Date,Transaction Type,Investment Name,Symbol,Shares
10000001,01/05/2026,01/06/2026,Buy,VANGUARD TOTAL STOCK MARKET ETF,VTI,1.5
""",
        [
            Held("VTI", "23.4608", None, account="10000001"),
            Held("VMFXX", "1250.55", "1", account="10000001"),
        ],
    ),
    "E*TRADE, with filters": (
        """\
Account Summary
Account,Net Account Value,Total Gain $
"Individual Brokerage -1111",8055.00,2510.00
View Summary - All Positions
Filters Applied:
Symbol,,Group By,Security Types
,,,Stocks
As of: 01/12/2026
Symbol,Last Price $,Change $,Qty #,Price Paid $,Value $
ACME,600.00,1.00,10,400.00,6000.00
ACME Dec 18 '26 $250 Call,5.00,0.00,-2,4.50,-1000.00
CASH,,,,,250.00
TOTAL,,,,,5250.00
Generated at Jan 12 2026 04:10 PM ET
""",
        [
            Held("ACME", "10", "400"),
            Held("ACME261218C00250000", "-2", "4.50"),
            Held("CASH", "250", "1"),
        ],
    ),
    "DEGIRO, Dutch": (
        """\
Product,Symbool/ISIN,Aantal,Slotkoers,Lokale waarde,,Waarde in EUR
CASH & CASH FUND & FTX CASH (EUR),,,,EUR,"846,15","846,15"
ACME CORP,US0000000001,20,"410,50",USD,"8.210,00","7.222,00"
""",
        [Held("CASH", "846.15", "1", "EUR"), Held("US0000000001", "20", None, "USD")],
    ),
    "Merrill": (
        """\
Exported on: 01/12/2026 08:48 PM ET

Selected account(s):CMA-Edge 00A-00B00

"Symbol " ,"Description" ,"Quantity" ,"Price" ,"Value" ,"Unrealized Gain/Loss $ Chg % Chg"
"ACME" ,"ACME CORP" ,"100" ,"$57.00" ,"$5,700.00" ,"+$300.00 +5.56%"
"BRKB" ,"BERKSHIRE" ,"-2" ,"$400.00" ,"-$800.00" ,"-$50.00 -6.67%"
"Balances" ,"" ,"" ,"" ,"" ,""
"Money accounts" ,"DEPOSIT PROGRAM" ,"428" ,"$1.00" ,"$428.00" ,"-- --"
"Total" ,"" ,"" ,"" ,"$5,328.00" ,"+$250.00 +3.00%"
""",
        [
            Held("ACME", "100", "54", account="CMA-Edge 00A-00B00"),
            Held("BRK.B", "-2", "375", account="CMA-Edge 00A-00B00"),
            Held("CASH", "428", "1", account="CMA-Edge 00A-00B00"),
        ],
    ),
    "thinkorswim": (
        """\
Position Statement for 00000001SCHW (Individual) on 1/12/26 16:05:12

None
Instrument,Qty,Days,Trade Price,Mark,Mrk Chng,P/L Open
ACME,,,,,,$100.00
ACME CORP COM,+50,,120.00,151.00,+1.00,$50.00
100 18 DEC 26 165 CALL,-1,28,2.30,1.85,-.05,$45.00
10 (Weeklys) 15 JAN 27 140 PUT,+2,56,3.10,3.40,+.10,$60.00

Cash & Sweep Vehicle,"$3,175.85"
OVERALL P/L YTD,$412.10
""",
        [
            Held("ACME", "50", "120", account="00000001SCHW"),
            Held("ACME261218C00165000", "-1", "2.30", account="00000001SCHW"),
            Held("ACME270115P00140000", "2", "3.10", account="00000001SCHW"),
            Held("CASH", "3175.85", "1", account="00000001SCHW"),
        ],
    ),
    "tastytrade": (
        """\
Account,Symbol,Type,Quantity,Exp Date,Strike Price,Call/Put,Trade Price,Mark
5WX00001,ACME,STOCK,100,,,,150.25,210.00
5WX00001,ACME  261218C00250000,OPTION,-1,2026-12-18,250.00,CALL,4.20,2.50
""",
        [
            Held("ACME", "100", "150.25", account="5WX00001"),
            Held("ACME261218C00250000", "-1", "4.20", account="5WX00001"),
        ],
    ),
    "Trading 212": (
        """\
Slice,Name,Invested value,Value,Result,Owned quantity
ACME,Acme,1000.00,1312.50,312.50,6.25
Total,Growth,1000.00,1312.50,312.50,-
""",
        [Held("ACME", "6.25", "160")],
    ),
    "Zerodha": (
        'Instrument,Qty.,Avg. cost,LTP,Cur. val\nACME,"1,240",251.50,279.00,345960.00\n',
        [Held("ACME", "1240", "251.50", "INR")],
    ),
    "Interactive Brokers, German": (
        """\
Statement,Header,Field Name,Field Value
Statement,Data,Period,"Januar 12, 2026"
Kontoinformation,Header,Field Name,Field Value
Kontoinformation,Data,Konto,U0000001
Cash-Bericht,Header,Währungsübersicht,Währung,Gesamt
Cash-Bericht,Data,Endbarsaldo,Zusammenfassung der Basiswährung,90
Cash-Bericht,Data,Endbarsaldo,EUR,100
Offene Positionen,Header,DataDiscriminator,Vermögenswertkategorie,Währung,Symbol,Menge,Mult,\
Einstandspreis,Kostenbasis,Schlusskurs,Wert
Offene Positionen,Data,Summary,Aktien,EUR,ACM,"1,000",1,12.5,12500,17.5,17500
Offene Positionen,Data,Lot,Aktien,EUR,ACM,"1,000",1,12.5,12500,17.5,17500
Offene Positionen,Data,Summary,Anleihen,EUR,ACM 4 1/2 30,10000,1,98.5,9850,99.2,9920
Offene Positionen,Total,,Aktien,EUR,,,,,12500,,17500
Informationen zum Finanzinstrument,Header,Vermögenswertkategorie,Symbol,Beschreibung,Wertpapier-ID
Informationen zum Finanzinstrument,Data,Anleihen,ACM 4 1/2 30,ACME 4.5 % 2030,DE000000ABC1
""",
        [
            Held("CASH", "100", "1", "EUR", "U0000001"),
            Held("ACM", "1000", "12.5", "EUR", "U0000001"),
            Held("DE000000ABC1", "10000", "98.5", "EUR", "U0000001"),
        ],
    ),
    "Interactive Brokers, of one currency": (
        """\
Statement,Header,Field Name,Field Value
Statement,Data,Period,"January 12, 2026"
Account Information,Header,Field Name,Field Value
Account Information,Data,Base Currency,CHF
Cash Report,Header,Currency Summary,Currency,Total
Cash Report,Data,Ending Cash,Base Currency Summary,90.25
Open Positions,Header,DataDiscriminator,Asset Category,Currency,Symbol,Quantity,Mult,\
Cost Price,Cost Basis,Close Price,Value
Open Positions,Data,Lot,Stocks,CHF,ACME,6,1,12.5,75,17.5,105
Open Positions,Data,Lot,Stocks,CHF,ACME,4,1,12.5,50,17.5,70
""",
        [
            Held("ACME", "6", "12.5", "CHF"),
            Held("ACME", "4", "12.5", "CHF"),
            Held("CASH", "90.25", "1", "CHF"),
        ],
    ),
    "Interactive Brokers, long and short": (
        """\
Statement,Header,Field Name,Field Value
Statement,Data,Period,"January 12, 2026"
Long Open Positions,Header,DataDiscriminator,Asset Category,Currency,Symbol,Quantity,Mult,\
Cost Price,Cost Basis,Close Price,Value
Long Open Positions,Data,Summary,Stocks,USD,ACME,10,1,12.5,125,17.5,175
Short Open Positions,Header,DataDiscriminator,Asset Category,Currency,Symbol,Quantity,Mult,\
Cost Price,Cost Basis,Close Price,Value
Short Open Positions,Data,Summary,Stocks,USD,ZEN,-5,1,20,-100,22,-110
""",
        [Held("ACME", "10", "12.5", "USD"), Held("ZEN", "-5", "20", "USD")],
    ),
    "Interactive Brokers, Flex query": (
        """\
"ClientAccountID","CurrencyPrimary","AssetClass","Symbol","ISIN","Multiplier","Strike","Expiry",\
"Put/Call","UnderlyingSymbol","ReportDate","Quantity","MarkPrice","PositionValue",\
"CostBasisPrice","CostBasisMoney","LevelOfDetail"
"U1","USD","STK","ACME","","1","","","","","20260112","40","210","8400","150.25","6010","SUMMARY"
"U1","USD","STK","ACME","","1","","","","","20260112","40","210","8400","150.25","6010","LOT"
"U1","USD","OPT","ACME 18DEC26","","100","250","20261218","C","ACME","20260112","-1","2.5","-250",\
"4.2","-420","SUMMARY"
""",
        [
            Held("ACME", "40", "150.25", "USD", "U1"),
            Held("ACME261218C00250000", "-1", "4.2", "USD", "U1"),
        ],
    ),
    "Fidelity, statement": (
        """\
Symbol/CUSIP,Description,Quantity,Price,Beginning Value,Ending Value,Cost Basis
Stocks,,,,,,
ACME,ACME CORP,10,20,190,200,150
Subtotal of Stocks,,,,190,200,150
""",
        [Held("ACME", "10", "15")],
    ),
    "J.P. Morgan": (
        """\
Asset Class,Description,Ticker,CUSIP,Quantity,Base CCY,Price,Value,Cost,Unrealized G/L Amt.
Equity,ACME CORP,ACME,000000000,10,USD,20,200,150,50
""",
        [Held("ACME", "10", "15", "USD")],
    ),
    "M1 Finance": (
        """\
Symbol,Name,Quantity,Avg. Price,Cost Basis,Unrealized Gain ($),Unrealized Gain (%),Value
ACME,Acme,10.5,$15.00,$157.50,$52.50,33.33,$210.00
""",
        [Held("ACME", "10.5", "15")],
    ),
    "Webull": (
        """\
Symbol,Name,Quantity,Cost Price,Last Price,Market Value
ACME,Acme,10,15.00,20.00,200.00
""",
        [Held("ACME", "10", "15")],
    ),
    "flatex": (
        """\
ISIN;Bezeichnung;Stück/Nominale;Einstandskurs;Letzter Kurs;Marktwert;Währung
DE000000ABC1;ACME AG;10;15,50;20,00;200,00;EUR
""",
        [Held("DE000000ABC1", "10", "15.50", "EUR")],
    ),
    "Ghostfolio": (
        "Symbol,Name,Quantity,MarketPrice,Investment,Currency\nACME,Acme,10,20,150,CHF\n",
        [Held("ACME", "10", "15", "CHF")],
    ),
    "Portfolio Performance": (
        """\
Shares;Name;Symbol;ISIN;Quote;Purchase Value;Market Value;Currency
10,5;Acme;ACM;DE000000ABC1;20,00;157,50;210,00;EUR
""",
        [Held("ACM", "10.5", "15", "EUR")],
    ),
    "Coinbase": (
        """\
Asset,Quantity,Cost Basis,Current Price,Current Value
BTC,0.00123456,61.728,80000,98.7648
""",
        [Held("BTC", "0.00123456", "50000")],
    ),
    "Kraken": (
        "Asset,Balance,Price,Value\nETH,1.23456789,3000,3703.70367\nZEUR,100,1,100\n",
        [Held("ETH", "1.23456789", None), Held("CASH", "100", "1")],
    ),
}


def held_in(reading: ParsedFile) -> list[Held]:
    return [
        Held(
            terms.symbol,
            f"{terms.quantity.normalize():f}",
            None if terms.entry_price is None else f"{terms.entry_price.normalize():f}",
            terms.source.currency,
            terms.source.account,
        )
        for terms in (entry.terms for entry in entries_of(reading))
    ]


def as_written(number: str | None) -> str | None:
    return None if number is None else f"{Decimal(number).normalize():f}"


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_the_layout_is_read_whole(name: str) -> None:
    content, expected = FILES[name]

    reading = reading_of(content, as_of=AS_OF)

    wanted = [
        each._replace(quantity=as_written(each.quantity) or "", cost=as_written(each.cost))
        for each in expected
    ]
    found = [
        each if each.account in {own.account for own in expected} else each._replace(account=None)
        for each in held_in(reading)
    ]
    assert found == wanted
    assert list(reading.failed) == []


@pytest.mark.parametrize("name", FILES)
def test_headings_may_be_written_in_any_case(name: str) -> None:
    content, _ = FILES[name]
    lines = content.splitlines()
    shouted = [
        line.upper() if "," in line and not any(c.isdigit() for c in line) else line
        for line in lines
    ]

    changed = reading_of("\r\n".join(shouted), as_of=AS_OF)

    assert len(changed.entries) == len(reading_of(content, as_of=AS_OF).entries)


def test_every_layout_has_a_file_here() -> None:
    found = {reading_of(content, as_of=AS_OF).layout for content, _ in FILES.values()}

    assert {layout.broker for layout in LAYOUTS} <= found


@pytest.mark.parametrize(
    "header",
    [
        '"Activity Date","Process Date","Instrument","Description","Trans Code","Quantity"',
        "Run Date,Action,Symbol,Description,Quantity",
        "Date,Action,Symbol,Description,Quantity,Price,Fees & Comm,Amount",
        "Date,Type,Ticker,Shares,Price",
    ],
)
def test_a_file_of_transactions_is_recognized_as_such(header: str) -> None:
    [error] = faults_of(f"{header}\n2026-01-05,2026-01-06,ACME,Acme,Buy,4\n")

    assert (error.row, error.code) == (1, "ERR_CSV_005")
    assert "lists transactions, not holdings" in error.message


def test_an_unknown_file_is_refused_with_what_was_seen_and_what_can_be_imported() -> None:
    [error] = faults_of("Date;Text;Amount\n2026-01-05;CARD;1,20\n")

    assert error.code == "ERR_CSV_005"
    for words in ("semicolons", "“Date”, “Text”, “Amount”", "template", BROKERS, "import-preview"):
        assert words in error.message
