using Tomlyn.Syntax;

namespace SuperD.Configuration.Toml;

/// <summary>Puts the statements of Tomlyn's syntax tree into superd's tree, which knows duplicates, places and depth.</summary>
/// <param name="lines">Whole lines of the file.</param>
/// <param name="firstLine">The number of the first of them.</param>
internal sealed class TomlSyntaxReader(string lines, int firstLine, TomlTree tree, TomlProblems problems)
{
    /// <summary>False when the syntax tree lacks a part of the statement: Tomlyn's two parsers do not agree on everything.</summary>
    private bool _isWhole;

    /// <summary>Reads the statements above the first mistake.</summary>
    /// <param name="mistake">Its index in the lines; null when there is none.</param>
    /// <returns>The index after the last line that was read.</returns>
    public int Read(int? mistake)
    {
        int end = mistake is { } index ? TomlGrammar.StartOfLine(lines, index) : lines.Length;
        if (end == 0 || TomlGrammar.Parse(lines[..end]) is not { } document)
        {
            return 0;
        }

        int read = 0;
        foreach (SyntaxNode statement in Statements(document))
        {
            // Where something else stands, the token has the right kind, but is an InvalidSyntaxToken.
            SyntaxToken? endOfLine = (statement as KeyValueSyntax)?.EndOfLineToken ?? (statement as TableSyntaxBase)?.EndOfLineToken;
            _isWhole = endOfLine is { TokenKind: TokenKind.NewLine } and not InvalidSyntaxToken;
            if (_isWhole)
            {
                Add(statement);
            }

            if (!_isWhole)
            {
                return read;
            }

            read = Math.Min(endOfLine!.Span.End.Offset, lines.Length); // whole: it has one
        }

        return mistake is null ? end : read;
    }

    private static IEnumerable<SyntaxNode> Statements(DocumentSyntax document) =>
        document.KeyValues.Concat(document.Tables.SelectMany(table => table.Items.Prepend<SyntaxNode>(table)));

    private void Add(SyntaxNode statement)
    {
        if (statement is KeyValueSyntax keyValue)
        {
            AddTo(tree.Current, keyValue);
        }
        else if (statement is TableSyntaxBase { OpenBracket: { } open, CloseBracket: { } close } header && Key(header.Name) is { } name)
        {
            if (IsTooLong(name))
            {
                tree.OpenNowhere();
            }
            else
            {
                tree.Open(name, Span(open.Span.Start, close.Span.End), isArrayElement: header is TableArraySyntax);
            }
        }
    }

    private void AddTo(TomlTableBuilder table, KeyValueSyntax statement)
    {
        if (Key(statement.Key) is { } key && !IsTooLong(key) && !IsTooDeep(table.Depth + key.Count, key[0].Span)
            && Value(statement.Value, table.Depth + key.Count) is { } value && _isWhole)
        {
            table.AddDotted(key, value, problems);
        }
    }

    private List<TomlKeyPart>? Key(KeySyntax? syntax)
    {
        List<TomlKeyPart> parts = [];
        foreach (BareKeyOrStringValueSyntax? part in syntax is null ? [null] : syntax.DotKeys.Select(item => item.Key).Prepend(syntax.Key))
        {
            string? name = part is BareKeySyntax bare ? bare.Key?.Text : (part as StringValueSyntax)?.Value;
            _isWhole &= name is not null;
            if (name is not null)
            {
                parts.Add(new TomlKeyPart(name, Span(part!.Span.Start, part.Span.End))); // it has a name
            }
        }

        return _isWhole ? parts : null;
    }

    private bool IsTooLong(List<TomlKeyPart> key) =>
        key.Count > TomlDocument.MaxDepth && IsTooDeep(key.Count, key[TomlDocument.MaxDepth].Span);

    private bool IsTooDeep(int depth, SourceSpan span)
    {
        if (depth > TomlDocument.MaxDepth)
        {
            problems.Add(span, TomlDocument.TooDeep);
        }

        return depth > TomlDocument.MaxDepth;
    }

    /// <summary>The value; null when it has a problem, or a part of it is missing.</summary>
    /// <param name="depth">How many tables and arrays are around it.</param>
    private TomlNode? Value(ValueSyntax? syntax, int depth)
    {
        SourceSpan span = syntax is null ? default : Span(syntax.Span.Start, syntax.Span.End);
        int problemsBefore = problems.Met;
        TomlNode? value = syntax switch
        {
            StringValueSyntax { Value: { } text } => new TomlString(text, span),
            IntegerValueSyntax integer => new TomlInteger(integer.Value, span),
            FloatValueSyntax number => new TomlFloat(number.Value, span),
            BooleanValueSyntax boolean => new TomlBoolean(boolean.Value, span),
            DateTimeValueSyntax { Token.Text: { } text } =>
                TomlDateTimeText.Read(text, out _) is { } time ? new TomlDateTime(time, span) : null,
            ArraySyntax or InlineTableSyntax when IsTooDeep(depth, span with { Length = 1 }) => null,
            ArraySyntax { CloseBracket: not null } array => Array(array, span, depth),
            InlineTableSyntax { CloseBrace: not null } table => InlineTable(table, span, depth),
            _ => null,
        };
        _isWhole &= value is not null || problems.Met > problemsBefore;
        return problems.Met == problemsBefore ? value : null;
    }

    private TomlArray Array(ArraySyntax syntax, SourceSpan span, int depth) =>
        new([.. syntax.Items.Select(item => Value(item.Value, depth + 1)).OfType<TomlNode>()], span);

    private TomlTable InlineTable(InlineTableSyntax syntax, SourceSpan span, int depth)
    {
        TomlTableBuilder table = TomlTableBuilder.Defined(depth, span);
        foreach (KeyValueSyntax statement in syntax.Items.Select(item => item.KeyValue).OfType<KeyValueSyntax>())
        {
            AddTo(table, statement);
        }

        return table.ToTable();
    }

    // Tomlyn counts lines and columns from 0, columns in code points, and its end is inclusive. Its first line is not in the file.
    private SourceSpan Span(TextPosition start, TextPosition end)
    {
        int length = end.Line == start.Line ? end.Column - start.Column + 1 : TomlCursor.LengthOfLine(lines.AsSpan(start.Offset - 1));
        return new SourceSpan(firstLine + start.Line - 1, start.Column + 1, length);
    }
}
