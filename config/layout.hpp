// What describes a section of a configuration: Layout<S> has the keys of the section S, and for
// each its name, its rule, a sentence for people, and whether it must be given. This is the only
// place where a key is written: reading, printing, the editor's schema and the tables of
// docs/configuration.md are visitors of it, so that none can know a key that another does not.
//
// Layout<S>::kAbout says what the section is, kExample how it looks, kKey what it is called where
// it is one of several (OneOf). Where it has exactly one of some keys, kEither names them.
// Layout<S>::Visit calls a visitor V with
//   v(key, value, rule, about)           a value with a default
//   v.Required(key, value, rule, about)  a value without one
//   v.List(key, values, rule, about)     a list, or one value alone
//   v.RequiredList(key, values, rule, about)     one value at least
//   v.Section(key, section), v.Optional(key, section)   what it is about says its own layout
//   v.Switched(key, section, word)       one that is in effect unless the word stands in its place
//   v.Sections(key, sections, about)     a list of sections
//   v.RequiredSections(key, sections, about)     one section at least
//   v.OneOf(variant)                     exactly one of these sections, by their kKey
//   v.Tree(key, setting, rule, about)    a tree of values, which somebody else reads
//   v.Later(keys)                        keys of later versions
//   v.Where(key, position), v.Whole(position)   where the value, the section was written
#pragma once

namespace tined::config {

template <typename Section>
struct Layout;

}  // namespace tined::config
