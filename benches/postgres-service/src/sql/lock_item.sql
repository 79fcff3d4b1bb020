-- The item comes into being with the first who wants it. Until the transaction ends, others who want it wait here.
INSERT INTO items (id, part_number) VALUES ($1, $2)
ON CONFLICT (part_number) DO UPDATE SET fence = items.fence + 1
