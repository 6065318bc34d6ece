#include "arrays.hpp"

#include <algorithm>
#include <array>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/hash.hpp"

namespace zcmpi {
namespace {

template <class T>
void add_field(std::vector<Field>& fields, std::string name, std::vector<T>& values, std::vector<hsize_t> extents) {
  fields.push_back(
      {std::move(name), hdf5::type_of<T>(), std::move(extents), std::as_writable_bytes(std::span(values))});
}

/// `outer` are the extents between the island and a population.
void add_member_fields(std::vector<Field>& fields, const std::string& group, MemberArrays& arrays,
                       const std::vector<hsize_t>& outer) {
  std::vector<hsize_t> per_member = outer;
  per_member.push_back(arrays.capacity);
  std::vector<hsize_t> per_node = per_member;
  per_node.push_back(arrays.shape.max_nodes);
  std::vector<hsize_t> per_score = per_member;
  per_score.push_back(arrays.shape.problem_count);
  add_field(fields, group + "/size", arrays.size, outer);
  add_field(fields, group + "/length", arrays.length, per_member);
  add_field(fields, group + "/op", arrays.op, per_node);
  add_field(fields, group + "/terminal", arrays.terminal, per_node);
  add_field(fields, group + "/value", arrays.value, per_node);
  add_field(fields, group + "/scores", arrays.scores, per_score);
  add_field(fields, group + "/fitness", arrays.fitness, per_member);
}

}  // namespace

MemberArrays::MemberArrays(std::size_t populations, std::size_t members, const PopulationShape& population_shape)
    : shape(population_shape),
      capacity(members),
      size(populations),
      op(populations * members * shape.max_nodes),
      terminal(op.size()),
      value(op.size()),
      length(populations * members),
      scores(populations * members * shape.problem_count),
      fitness(populations * members) {}

void MemberArrays::set(std::size_t index, const Population& population) {
  ZCMPI_EXPECT(population.shape() == shape && population.size() <= capacity);
  size[index] = static_cast<std::uint32_t>(population.size());
  for (std::size_t i = 0; i < population.size(); ++i) {
    const std::size_t member = index * capacity + i;
    const FormulaView formula = population.formula(i);
    for (std::size_t k = 0; k < formula.size(); ++k) {
      const std::size_t node = member * shape.max_nodes + k;
      op[node] = static_cast<std::uint8_t>(formula[k].op);
      terminal[node] = formula[k].op == Op::terminal ? formula[k].number : 0;
      value[node] = formula[k].value;
    }
    length[member] = static_cast<std::uint16_t>(formula.size());
    std::ranges::copy(population.scores(i), scores.begin() + static_cast<std::ptrdiff_t>(member * shape.problem_count));
    fitness[member] = population.fitness(i);
  }
}

Population MemberArrays::get(std::size_t index) const {
  Population population(capacity, shape);
  Formula formula(shape.max_nodes);
  for (std::size_t i = 0; i < size[index]; ++i) {
    const std::size_t member = index * capacity + i;
    for (std::size_t k = 0; k < length[member]; ++k) {
      const std::size_t node = member * shape.max_nodes + k;
      formula[k] = {static_cast<Op>(op[node]), 0, terminal[node], value[node]};
    }
    complete(std::span(formula).first(length[member]));
    population.add(FormulaView(formula).first(length[member]));
    const auto own = std::span(scores).subspan(member * shape.problem_count, shape.problem_count);
    std::ranges::copy(own, population.scores(i).begin());
    population.set_fitness(i, fitness[member]);
  }
  return population;
}

IslandArrays::IslandArrays(const ArraysShape& shape, std::size_t islands)
    : islands_(islands),
      sources_(shape.sources),
      population_(islands, shape.population, shape.shape),
      hall_of_fame_(islands, shape.shape.max_nodes, shape.shape),
      inbox_(islands * shape.sources, shape.migrants, shape.shape),
      source_count_(islands),
      evaluations_(islands),
      duplicates_(islands),
      emigrants_sent_(islands),
      immigrants_received_(islands),
      immigrants_accepted_(islands) {}

void IslandArrays::set(std::size_t index, const IslandSnapshot& snapshot) {
  ZCMPI_EXPECT(snapshot.inbox.size() <= sources_);
  population_.set(index, snapshot.state.population);
  hall_of_fame_.set(index, snapshot.state.hall_of_fame);
  for (std::size_t k = 0; k < snapshot.inbox.size(); ++k) {
    inbox_.set(index * sources_ + k, snapshot.inbox[k]);
  }
  source_count_[index] = static_cast<std::uint32_t>(snapshot.inbox.size());
  const IslandCounters& counters = snapshot.state.counters;
  evaluations_[index] = counters.evaluations;
  duplicates_[index] = counters.duplicates;
  emigrants_sent_[index] = counters.emigrants_sent;
  immigrants_received_[index] = counters.immigrants_received;
  immigrants_accepted_[index] = counters.immigrants_accepted;
}

IslandSnapshot IslandArrays::get(std::size_t index, std::uint32_t generation) const {
  IslandSnapshot snapshot;
  snapshot.state.generation = generation;
  snapshot.state.population = population_.get(index);
  snapshot.state.hall_of_fame = hall_of_fame_.get(index);
  for (std::size_t k = 0; k < source_count_[index]; ++k) {
    snapshot.inbox.push_back(inbox_.get(index * sources_ + k));
  }
  snapshot.state.counters = {evaluations_[index], duplicates_[index], emigrants_sent_[index],
                             immigrants_received_[index], immigrants_accepted_[index]};
  return snapshot;
}

std::vector<Field> IslandArrays::fields() {
  std::vector<Field> fields;
  add_member_fields(fields, "population", population_, {});
  add_member_fields(fields, "hall_of_fame", hall_of_fame_, {});
  add_field(fields, "inbox/source_count", source_count_, {});
  add_member_fields(fields, "inbox", inbox_, {sources_});
  add_field(fields, "counters/evaluations", evaluations_, {});
  add_field(fields, "counters/duplicates", duplicates_, {});
  add_field(fields, "counters/emigrants_sent", emigrants_sent_, {});
  add_field(fields, "counters/immigrants_received", immigrants_received_, {});
  add_field(fields, "counters/immigrants_accepted", immigrants_accepted_, {});
  return fields;
}

std::uint64_t IslandArrays::digest(std::size_t index, std::uint32_t number, std::uint32_t generation) {
  ZCMPI_EXPECT(index < islands_);
  Digester digester;
  digester.add(number);
  digester.add(generation);
  for (const Field& field : fields()) {
    const std::size_t stride = field.bytes.size() / islands_;
    digester.add_bytes(field.bytes.subspan(index * stride, stride));
  }
  return digester.digest();
}

std::span<const std::string> field_groups() {
  static const std::array<std::string, 4> groups{"population", "hall_of_fame", "inbox", "counters"};
  return groups;
}

}  // namespace zcmpi
