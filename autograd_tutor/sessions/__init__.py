"""The processes behind the students' screens: a warm parent with the app, and a child of it for each of them."""
