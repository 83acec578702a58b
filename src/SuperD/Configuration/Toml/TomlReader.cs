namespace SuperD.Configuration.Toml;

/// <summary>Second stage of the reader: text to tree, with Tomlyn's grammar and superd's own words.</summary>
/// <remarks>
/// Tomlyn stops at the first mistake and describes it in the terms of its parser. So it only decides what is valid: the statements before
/// the first mistake go into the tree (<see cref="TomlSyntaxReader"/>), the next one is explained from its text
/// (<see cref="TomlExplainer"/>), and reading goes on below it, so that all problems of a file are reported at once.
/// Tomlyn copies what it reads and ends with an exception, which takes seconds in a file with a hundred thousand mistakes. After the first
/// mistake it therefore gets only what the explainer finds nothing wrong with: one statement, and more as long as that is valid.
/// </remarks>
internal sealed class TomlReader(string text, TomlProblems problems)
{
    private readonly TomlTree _tree = new(problems);
    private int _start; // of the first line that is not read yet
    private int _line = 1; // its number
    private int _size = 1; // of the text that Tomlyn gets next, to the end of its last statement

    public TomlTable Read()
    {
        for (int end = text.Length; _start < text.Length; end = EndOfSound())
        {
            string lines = text[_start..end];
            int? mistake = lines.Length > 0 ? TomlGrammar.FirstMistake(lines) : 0;
            int taken = new TomlSyntaxReader(lines, _line, _tree, problems).Read(mistake);
            _line += lines.AsSpan(0, taken).Count('\n');
            _start += taken;
            bool isValid = mistake is null && _start == end;
            _size = isValid ? _size * 2 : 1;
            if (!isValid)
            {
                Explain();
            }
        }

        return _tree.ToTable();
    }

    /// <summary>The end of the next statements with which nothing seems to be wrong.</summary>
    private int EndOfSound()
    {
        TomlProblems found = new(file: "");
        TomlCursor cursor = new(text, _start, _line);
        int end = _start;
        while (found.Met == 0 && end - _start < _size && !cursor.IsAtEnd)
        {
            end = cursor.Offset;
            new TomlExplainer(cursor, depth: 0, found).Explain();
        }

        return found.Met == 0 ? cursor.Offset : end;
    }

    /// <summary>Explains the next statement, which is not valid, and passes it.</summary>
    private void Explain()
    {
        TomlCursor cursor = new(text, _start, _line);
        TomlExplainer explainer = new(cursor, _tree.Current.Depth, problems);
        int problemsBefore = problems.Met;
        bool isTaken = explainer.Explain() is { } endOfSound && IsTakenAlone(text[_start..endOfSound] + "\n");
        if (!isTaken && explainer.IsHeader)
        {
            _tree.OpenNowhere();
        }

        if (!isTaken && problems.Met == problemsBefore)
        {
            problems.Add(explainer.Place, "what begins here is not valid TOML; check its quotes, brackets and commas");
        }

        (_start, _line) = (cursor.Offset, cursor.Line);
    }

    // Most often only what follows the statement on its line is bad. Otherwise Tomlyn refuses it in error, as it does a character U+FFFD,
    // a fraction of more than seven digits, blanks after the backslash that joins two lines, and a long row of zeros after 0x. Its syntax
    // tree has the right values even so.
    private bool IsTakenAlone(string statement) =>
        new TomlSyntaxReader(statement, _line, _tree, problems).Read(null) == statement.Length;
}
