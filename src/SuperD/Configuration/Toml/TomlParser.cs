namespace SuperD.Configuration.Toml;

/// <summary>Third stage of the reader: tokens to tree. This part reads statements: headers, and keys with their values.</summary>
/// <remarks>
/// Never throws, and never stops at an error: the rest of the statement is passed over and reading goes on at the next line, so that all
/// problems of a file are told at once. A method that returns null or false has reported why.
/// </remarks>
internal sealed partial class TomlParser
{
    private readonly TomlLexer lexer;
    private readonly TomlProblems problems;
    private readonly TomlTree tree;
    private TomlToken current;

    public TomlParser(string text, TomlProblems problems)
    {
        this.problems = problems;
        lexer = new TomlLexer(text, problems);
        tree = new TomlTree(problems);
    }

    public TomlTable Parse()
    {
        Advance(TomlPosition.Key);
        while (current.Kind != TomlTokenKind.EndOfFile)
        {
            if (current.Kind != TomlTokenKind.NewLine)
            {
                ParseStatement();
            }

            Advance(TomlPosition.Key);
        }

        return tree.ToTable();
    }

    private void ParseStatement()
    {
        bool isComplete = current.Kind == TomlTokenKind.OpenBracket ? ParseHeader() : ParseKeyValue(tree.Current, "a key or a [header]");
        if (isComplete && current.Kind is not (TomlTokenKind.NewLine or TomlTokenKind.EndOfFile))
        {
            Unexpected("the end of the line", "text with blanks needs quotes, a remark needs a # before it, a key its own line");
        }

        Skip(to: TomlTokenKind.NewLine);
    }

    private bool ParseHeader()
    {
        TomlToken open = current;
        Advance(TomlPosition.Key);
        bool isArrayElement = IsDirectlyAfter(open, TomlTokenKind.OpenBracket);
        if (isArrayElement)
        {
            Advance(TomlPosition.Key);
        }

        bool isComplete = ParseKey("the name of a table") is { } name && ParseHeaderEnd(open, name, isArrayElement);
        if (!isComplete)
        {
            tree.OpenNowhere();
        }

        return isComplete;
    }

    private bool ParseHeaderEnd(TomlToken open, IReadOnlyList<TomlKeyPart> name, bool isArrayElement)
    {
        string close = isArrayElement ? "']]'" : "']'";
        TomlToken firstClose = current;
        if (firstClose.Kind != TomlTokenKind.CloseBracket)
        {
            Unexpected(
                $"{close} after the name of the table",
                "end the name there, or put it in quotes if it has other characters than A-Z a-z 0-9 _ -");
            return false;
        }

        SourceSpan header = lexer.SpanFrom(open);
        Advance(TomlPosition.Value);
        if (isArrayElement)
        {
            if (!IsDirectlyAfter(firstClose, TomlTokenKind.CloseBracket))
            {
                Unexpected(close, "a header that begins with [[ ends with ]]");
                return false;
            }

            header = lexer.SpanFrom(open);
            Advance(TomlPosition.Value);
        }

        tree.Open(name, header, isArrayElement);
        return true;
    }

    /// <summary>One <c>key = value</c>, of a statement or of an inline table.</summary>
    private bool ParseKeyValue(TomlTableBuilder table, string expected)
    {
        if (ParseKey(expected) is not { } key)
        {
            return false;
        }

        if (current.Kind != TomlTokenKind.Equals)
        {
            NoEquals(key[^1]);
            return false;
        }

        int depth = table.Depth + key.Count;
        if (depth > TomlDocument.MaxDepth)
        {
            problems.Add(key[0].Span, TomlDocument.TooDeep);
            return false;
        }

        Advance(TomlPosition.Value);
        if (ParseValue(depth) is not { } value)
        {
            return false;
        }

        table.AddDotted(key, value, problems);
        return true;
    }

    private List<TomlKeyPart>? ParseKey(string expected)
    {
        List<TomlKeyPart> parts = [];
        while (true)
        {
            if (current.Kind is not (TomlTokenKind.Word or TomlTokenKind.String))
            {
                NoKeyPart(parts.Count == 0 ? expected : "a name after the dot");
                return null;
            }

            if (parts.Count == TomlDocument.MaxDepth)
            {
                problems.Add(current.Span, TomlDocument.TooDeep);
                return null;
            }

            parts.Add(new TomlKeyPart(current.Value ?? lexer.TextOf(current).ToString(), current.Span));
            Advance(TomlPosition.Key);
            if (current.Kind != TomlTokenKind.Dot)
            {
                return parts;
            }

            Advance(TomlPosition.Key);
        }
    }

    private void Advance(TomlPosition position) => current = lexer.Next(position);

    private bool IsDirectlyAfter(TomlToken previous, TomlTokenKind kind) => current.Kind == kind && current.Start == previous.End;

    /// <summary>
    /// Passes over what can not be understood: to the next comma or that closing bracket, or else to the end of the line. Brackets opened
    /// on the way are passed with all that is in them, over lines too, up to where a new statement is plain to see.
    /// </summary>
    /// <param name="to"><see cref="TomlTokenKind.NewLine"/> to pass over commas too.</param>
    private void Skip(TomlTokenKind to)
    {
        int nesting = 0;
        while (current.Kind != TomlTokenKind.EndOfFile)
        {
            bool isEnd = current.Kind == TomlTokenKind.NewLine
                ? nesting == 0 || lexer.IsBeforeStatement()
                : nesting == 0 && to != TomlTokenKind.NewLine && (current.Kind == TomlTokenKind.Comma || current.Kind == to);
            if (isEnd)
            {
                return;
            }

            nesting += current.Kind switch
            {
                TomlTokenKind.OpenBracket or TomlTokenKind.OpenBrace => 1,
                TomlTokenKind.CloseBracket or TomlTokenKind.CloseBrace when nesting > 0 => -1,
                _ => 0,
            };
            Advance(TomlPosition.Value);
        }
    }
}
