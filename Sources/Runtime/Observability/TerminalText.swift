internal import CSystem

/// Text by the cells that it takes on a terminal: a Chinese character takes two, an accent none.
extension String {
    /// How many cells it takes.
    var cells: Int { unicodeScalars.reduce(0) { $0 + max(0, Int(sluice_cell_width($1.value))) } }

    /// As much as fits into `width` cells, without what would move the cursor.
    func cut(toCells width: Int) -> String {
        var kept = String.UnicodeScalarView()
        var used = 0
        for scalar in unicodeScalars {
            let cells = Int(sluice_cell_width(scalar.value))
            if used + max(1, cells) > width, cells != 0 { break }
            kept.append(cells < 0 ? "?" : scalar)
            used += abs(cells)
        }
        return String(kept)
    }

    /// Cut or filled with spaces to `width` cells; what is cut ends in `…`.
    func fitted(toCells width: Int) -> String {
        let text = cells <= width ? cut(toCells: width) : cut(toCells: width - 1) + "…"
        return text + String(repeating: " ", count: max(0, width - text.cells))
    }
}
