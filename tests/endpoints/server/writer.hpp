#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace foundation::lm_server {

/// The "model" as a writer of texts for optimisers: what it writes for a field of this name, or
/// nothing if it is no text that it writes. Like everything here it knows nothing but the prompt.
///
/// description: names the answers that the examples have.
/// new_instruction: the current instruction, told to compare one word or two more than the best
/// attempt does ("compare the first 4 words"), or all words if remarks show wrong answers; one
/// seed in three brings nothing but politeness.
/// advice: to compare one word more than the current instruction says.
/// grade and reason: the share of the expected answer's words that the answer has, out of ten;
/// without an expected answer "ten", which is no number.
[[nodiscard]] std::optional<std::string> written(const std::string& name,
                                                 const std::map<std::string, std::string>& given,
                                                 std::uint32_t seed);

/// How many words an instruction wants compared: "compare the first N words" or "compare all
/// words"; three without either.
[[nodiscard]] std::size_t words_compared(const std::string& instruction);

}  // namespace foundation::lm_server
