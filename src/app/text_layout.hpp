/// \file
/// Laying out text: for a terminal of a given width, where widths count bytes (all text is ASCII but names of files),
/// and the fields of a CSV.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace zcmpi {

/// Breaks text at spaces into lines of at most `width` bytes; a longer word has a line of its own.
std::vector<std::string> wrap_words(std::string_view text, std::size_t width);

enum class Align { left, right };

/// Rows of cells as lines with columns two spaces apart, each line ended by a newline. `alignment` has one entry a
/// column; rows may be shorter. No blanks at the end of a line.
std::string layout_table(const std::vector<std::vector<std::string>>& rows, const std::vector<Align>& alignment);

/// A field of a CSV as in RFC 4180.
std::string csv_field(std::string_view text);
/// An empty field for what is not finite.
std::string csv_field(double x);

}  // namespace zcmpi
