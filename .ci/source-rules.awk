# The rules of .editorconfig for C# that no analyzer checks in a build: 140 columns, and sorted usings. Directory.Build.props runs it before
# each compilation, with LC_ALL=C; it prints what it finds in the form in which MSBuild reports an error at its place.

function report(column, what) {
    printf "%s(%d,%d): error %s\n", FILENAME, FNR, column, what
}

FNR == 1 { last = "" }

{
    line = $0
    gsub(/[\200-\277]/, "", line) # UTF-8: leaves one byte of each character
    if (length(line) > 140) {
        report(141, "SD0001: the line has " length(line) " columns, more than 140; break it")
    }
}

/^using [A-Za-z0-9_.]+;/ {
    name = substr($2, 1, index($2, ";") - 1)
    key = (name ~ /^System(\.|$)/ ? "0" : "1") name # System's come first
    if (key < last) {
        report(1, "SD0002: the using of " name " is not in its place; sort the usings, those of System first")
    }

    last = key
}
